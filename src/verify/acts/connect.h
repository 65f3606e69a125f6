// Connecting to a unix socket by path, or by abstract name when it starts with '@' (unix(7)).
#pragma once

namespace bailey::verify {

// A connected descriptor, or -1 with errno set. Stream first, then sequenced packets.
[[nodiscard]] int connect_unix(const char* address);

}  // namespace bailey::verify

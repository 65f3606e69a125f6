// Sockets for the acts that leave by the network. All wait a little and no longer.
#pragma once

#include <sys/socket.h>

#include <cstddef>
#include <cstdint>

#include "verify/acts/act.h"

namespace bailey::verify {

struct Address {
  sockaddr_storage storage{};
  socklen_t size = 0;
};

// A literal of either family. False: it is none.
[[nodiscard]] bool parse_address(const char* host, long long port, Address& out);
// 0 or an errno; `fd` is the caller's to close.
[[nodiscard]] int connect_to(const Address& address, int type, int& fd);
// 0 or ETIMEDOUT.
[[nodiscard]] int wait_for(int fd, short events);
// Does what comes next start with `expected`?
[[nodiscard]] ActResult hear(int fd, const void* expected, std::size_t size);
// RFC 1035, 4.1: one question for an A record; 0: that is no name.
[[nodiscard]] std::size_t dns_question(const char* name, unsigned char* out, std::size_t size_max);

}  // namespace bailey::verify

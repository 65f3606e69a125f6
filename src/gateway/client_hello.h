// The first message of a TLS client, read without answering it: whom it wants to reach (RFC 8446 §4.1.2, RFC 6066 §3).
//
// The message may be spread over several records and arrive byte by byte: the caller shows the whole prefix again each
// time. Nothing here decides; what a connection without a name or with an encrypted one is worth is the policy's
// business.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::gateway {

inline constexpr std::size_t client_hello_bytes_max = std::size_t{64} << 10;  // records included

struct ClientHello {
  std::string server_name;           // lower case; empty: none was sent
  std::vector<std::string> alpn;     // in the client's order
  bool has_encrypted_hello = false;  // extension encrypted_client_hello, also the dummy that browsers send (GREASE)
};

enum class HelloState { need_more, complete, not_tls };
struct HelloScan {
  HelloState state = HelloState::need_more;
  ClientHello hello;  // of HelloState::complete
};

// An error is TLS that is broken or tries something: several names, a name with odd bytes, an extension twice, a length
// that lies, more than client_hello_bytes_max.
[[nodiscard]] Result<HelloScan> scan_client_hello(std::string_view prefix);

}  // namespace bailey::gateway

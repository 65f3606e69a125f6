// Whom a connection is for: the one value that every path into the gateway must prove before anything is decided.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bailey::gateway {

enum class LearnedFrom {
  dns,       // a transparent connection to a synthetic address: the name that was asked for
  connect,   // CONNECT host:port
  absolute,  // GET http://host/…
  socks,     // SOCKS5 request
  address,   // a transparent connection to an address that we gave no name: a literal
};
[[nodiscard]] std::string_view to_string(LearnedFrom value);

// What host_name.h made of the host: lower case, A-labels, no trailing dot; or an address literal in canonical form.
struct Authority {
  std::string host;
  std::uint16_t port = 0;
  LearnedFrom learned_from = LearnedFrom::dns;
  bool is_literal = false;
};

}  // namespace bailey::gateway

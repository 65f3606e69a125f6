// SOCKS5 as a server reads it: RFC 1928, the greeting and the request of CONNECT, without authentication.
//
// Pure: bytes in, a value or an error out. The name in a request is checked by whoever makes an Authority of it.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <variant>

#include "base/result.h"
#include "gateway/address.h"

namespace bailey::gateway {

inline constexpr std::size_t socks_greeting_bytes_max = 257;
inline constexpr std::size_t socks_request_bytes_max = 262;

struct SocksGreeting {
  bool offers_no_authentication = false;
  std::size_t bytes = 0;  // of input that it took
};
enum class SocksCommand : std::uint8_t { connect = 1, bind = 2, udp_associate = 3 };
struct SocksRequest {
  SocksCommand command = SocksCommand::connect;
  std::variant<IpAddress, std::string> host;  // a name as it was sent
  std::uint16_t port = 0;
  std::size_t bytes = 0;
};
enum class SocksReply : std::uint8_t {
  succeeded = 0,
  general_failure = 1,
  not_allowed = 2,
  network_unreachable = 3,
  host_unreachable = 4,
  connection_refused = 5,
  command_not_supported = 7,
  address_not_supported = 8,
};

// What `input` begins with; nullopt: more input is needed.
[[nodiscard]] Result<std::optional<SocksGreeting>> parse_socks_greeting(std::string_view input);
[[nodiscard]] Result<std::optional<SocksRequest>> parse_socks_request(std::string_view input);
[[nodiscard]] std::string socks_method_answer(const SocksGreeting& greeting);  // 0xff: none that we know
// The bound address is given as 0.0.0.0:0: it is the host's business.
[[nodiscard]] std::string socks_answer(SocksReply reply);

}  // namespace bailey::gateway

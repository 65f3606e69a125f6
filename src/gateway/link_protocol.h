// The messages between the supervisor and the gateway, one JSON object a packet (SOCK_SEQPACKET).
//
//   supervisor → gateway   configure {texts, names} with one sealed memfd a text; listeners {names} with one socket a
//                          name; policy and keep with one memfd each, in force at once, for open connections too;
//                          stop
//   gateway → supervisor   ready {ca_pem}, once it is confined; failed {what, why, remedy}, instead; observed {…}
//
// Pure. The supervisor only half trusts the gateway, which has read hostile bytes: whatever does not fit exactly is an
// error, and every text is bounded.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "gateway/name_table.h"
#include "gateway/observer.h"

namespace bailey::gateway {

inline constexpr std::size_t link_message_bytes_max = std::size_t{16} << 10;
inline constexpr std::size_t observation_bytes_max = 4096;
inline constexpr std::size_t link_fds_max = 16;

// Texts of `configure`, each a memfd. All but the policy may be missing.
inline constexpr std::string_view text_policy = "policy";
inline constexpr std::string_view text_resolv_conf = "resolv_conf";
inline constexpr std::string_view text_hosts = "hosts";
inline constexpr std::string_view text_ca_bundle = "ca_bundle";              // PEM
inline constexpr std::string_view text_proxy_variables = "proxy_variables";  // NAME=value a line
inline constexpr std::string_view text_keep = "keep";                        // credentials/keep.h
inline constexpr std::size_t link_text_bytes_max = std::size_t{32} << 20;

// Sockets of `listeners`, made in the sandbox's network namespace. Any of them may be missing.
inline constexpr std::string_view listener_names[] = {"tcp4",    "tcp6",    "dns4",  "dns6",
                                                      "dnstcp4", "dnstcp6", "proxy", "socks"};

struct Configure {
  std::vector<std::string> texts;  // in the order of the descriptors
  NameTable::Start names = NameTable::Start::first;
};
struct Listeners {
  std::vector<std::string> names;
};
struct NewPolicy {};
struct NewKeep {};
struct Stop {};
using ToGateway = std::variant<Configure, Listeners, NewPolicy, NewKeep, Stop>;

struct ReadyToListen {
  std::string ca_pem;
};
struct Failed {
  std::string what;
  std::string why;
  std::string remedy;
};
using FromGateway = std::variant<ReadyToListen, Failed, Observation>;

[[nodiscard]] std::string encode(const ToGateway& message);
// An observation always fits observation_bytes_max: texts that are too long are cut.
[[nodiscard]] std::string encode(const FromGateway& message);
// `fds` is how many descriptors came with it: exactly those that it speaks of.
[[nodiscard]] Result<ToGateway> decode_to_gateway(std::string_view packet, std::size_t fds);
[[nodiscard]] Result<FromGateway> decode_from_gateway(std::string_view packet, std::size_t fds);

}  // namespace bailey::gateway

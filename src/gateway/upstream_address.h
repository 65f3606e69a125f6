// Which upstream addresses are connected to, decided when it happens: whatever a name resolved to, now or a moment ago.
#pragma once

#include <netinet/in.h>
#include <sys/socket.h>

#include <optional>
#include <string>
#include <vector>

#include "gateway/address.h"
#include "gateway/authority.h"
#include "gateway/network_policy.h"

namespace bailey::gateway {

// Why not; nullopt: it may be. Only the internet, unless the rule has allow_private. Even then a metadata service must
// be named by its address (no name may lead there), and addresses that mean "this host" or many hosts never are.
[[nodiscard]] std::optional<std::string> why_not(const IpAddress& address, const Authority& authority,
                                                 const Verdict& verdict);
// In the order in which they are tried: families take turns, IPv6 first (RFC 8305 §4).
[[nodiscard]] std::vector<IpAddress> in_order_of_trial(const std::vector<IpAddress>& addresses);

struct SocketAddress {
  sockaddr_storage bytes{};
  socklen_t size = 0;
  [[nodiscard]] const sockaddr* get() const { return reinterpret_cast<const sockaddr*>(&bytes); }
};
[[nodiscard]] SocketAddress to_socket_address(const IpAddress& address, std::uint16_t port);
struct IpAndPort {
  IpAddress address;
  std::uint16_t port = 0;
};
// An IPv4-mapped IPv6 address becomes the IPv4 address that it is. nullopt: neither IPv4 nor IPv6.
[[nodiscard]] std::optional<IpAndPort> from_socket_address(const sockaddr_storage& bytes);

}  // namespace bailey::gateway

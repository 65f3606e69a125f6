#include "gateway/original_destination.h"

#include <sys/socket.h>

namespace bailey::gateway {
namespace {

constexpr int so_original_dst = 80;  // linux/netfilter_ipv4.h and linux/netfilter_ipv6/ip6_tables.h agree

}  // namespace

std::optional<IpAndPort> original_destination(int socket) {
  sockaddr_storage own{};
  socklen_t size = sizeof own;
  if (::getsockname(socket, reinterpret_cast<sockaddr*>(&own), &size) != 0) return std::nullopt;
  sockaddr_storage wanted{};
  size = sizeof wanted;
  const int level = own.ss_family == AF_INET6 ? IPPROTO_IPV6 : IPPROTO_IP;
  if (::getsockopt(socket, level, so_original_dst, &wanted, &size) != 0) return std::nullopt;
  const auto here = from_socket_address(own);
  const auto there = from_socket_address(wanted);
  if (!here || !there || (here->address == there->address && here->port == there->port)) return std::nullopt;
  return there;
}

}  // namespace bailey::gateway

#include "gateway/upstream_address.h"

#include <algorithm>
#include <cstring>

namespace bailey::gateway {

std::optional<std::string> why_not(const IpAddress& address, const Authority& authority, const Verdict& verdict) {
  const AddressClass kind = classify(address);
  if (kind == AddressClass::global) return std::nullopt;
  const std::string what =
      authority.host + " leads to " + to_string(address) + ", a " + std::string(to_string(kind)) + " address";
  switch (kind) {
    case AddressClass::unspecified:
    case AddressClass::multicast:
    case AddressClass::broadcast:
      return what + " that is never connected to";
    case AddressClass::metadata:
      if (verdict.allow_private && authority.is_literal) return std::nullopt;
      return what + ": only a rule that names the address itself, with allow_private, can allow it";
    default:
      if (verdict.allow_private) return std::nullopt;
      return what + ": only a rule with allow_private can allow it";
  }
}

std::vector<IpAddress> in_order_of_trial(const std::vector<IpAddress>& addresses) {
  std::vector<IpAddress> v6;
  std::vector<IpAddress> v4;
  for (const auto& address : addresses) (address.is_v4 ? v4 : v6).push_back(address);
  std::vector<IpAddress> ordered;
  for (std::size_t i = 0; i < std::max(v6.size(), v4.size()); ++i) {
    if (i < v6.size()) ordered.push_back(v6[i]);
    if (i < v4.size()) ordered.push_back(v4[i]);
  }
  return ordered;
}

SocketAddress to_socket_address(const IpAddress& address, std::uint16_t port) {
  SocketAddress result;
  if (address.is_v4) {
    sockaddr_in v4{};
    v4.sin_family = AF_INET;
    v4.sin_port = htons(port);
    std::memcpy(&v4.sin_addr, address.bytes.data() + 12, 4);
    std::memcpy(&result.bytes, &v4, sizeof v4);
    result.size = sizeof v4;
  } else {
    sockaddr_in6 v6{};
    v6.sin6_family = AF_INET6;
    v6.sin6_port = htons(port);
    std::memcpy(&v6.sin6_addr, address.bytes.data(), 16);
    std::memcpy(&result.bytes, &v6, sizeof v6);
    result.size = sizeof v6;
  }
  return result;
}

std::optional<IpAndPort> from_socket_address(const sockaddr_storage& bytes) {
  if (bytes.ss_family == AF_INET) {
    sockaddr_in v4{};
    std::memcpy(&v4, &bytes, sizeof v4);
    std::uint8_t octets[4];
    std::memcpy(octets, &v4.sin_addr, sizeof octets);
    return IpAndPort{IpAddress::v4(octets[0], octets[1], octets[2], octets[3]), ntohs(v4.sin_port)};
  }
  if (bytes.ss_family != AF_INET6) return std::nullopt;
  sockaddr_in6 v6{};
  std::memcpy(&v6, &bytes, sizeof v6);
  IpAndPort result{.port = ntohs(v6.sin6_port)};
  std::memcpy(result.address.bytes.data(), &v6.sin6_addr, 16);
  if (IN6_IS_ADDR_V4MAPPED(&v6.sin6_addr)) result.address.is_v4 = true;
  return result;
}

}  // namespace bailey::gateway

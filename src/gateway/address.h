// Internet addresses as values, and which of them the gateway never connects to.
//
// The list follows the IANA special-purpose registries (RFC 6890 and its updates). An address that carries another one
// (IPv4-mapped, IPv4-compatible, NAT64, 6to4, Teredo) is what it carries: the inner address is classified too.
#pragma once

#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bailey::gateway {

struct IpAddress {
  std::array<std::uint8_t, 16> bytes{};  // IPv4: ::ffff:a.b.c.d, with is_v4
  bool is_v4 = false;

  [[nodiscard]] static IpAddress v4(std::uint8_t a, std::uint8_t b, std::uint8_t c, std::uint8_t d);
  friend bool operator==(const IpAddress&, const IpAddress&) = default;
};

// inet_pton(3) forms only: no octal, hexadecimal or short forms, no zone.
[[nodiscard]] std::optional<IpAddress> parse_address(std::string_view text);
// RFC 5952 for IPv6.
[[nodiscard]] std::string to_string(const IpAddress& address);

enum class AddressClass {
  global,       // the internet
  unspecified,  // 0.0.0.0/8, ::
  loopback,     // 127/8, ::1
  private_use,  // 10/8, 172.16/12, 192.168/16, fc00::/7, fec0::/10
  shared,       // 100.64/10 (RFC 6598)
  link_local,   // 169.254/16, fe80::/10
  metadata,     // 169.254.169.254, fd00:ec2::254, 100.100.100.200 and what other clouds use
  multicast,    // 224/4, ff00::/8
  broadcast,    // 255.255.255.255
  reserved,     // 240/4, 192.0.0/24, documentation, benchmarking (198.18/15), discard, ORCHID …
};
[[nodiscard]] std::string_view to_string(AddressClass value);
[[nodiscard]] AddressClass classify(const IpAddress& address);

}  // namespace bailey::gateway

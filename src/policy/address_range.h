// Addresses and ranges in network rules: "192.0.2.7", "10.0.0.0/8", "fd00::/8".
#pragma once

#include <array>
#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::policy {

struct AddressRange {
  std::array<std::uint8_t, 16> bytes{};  // IPv4 as ::ffff:a.b.c.d
  unsigned prefix_bits = 128;            // of the 16 bytes
  bool is_v4 = false;
};

// inet_pton(3) forms only. Refused: bits beyond the prefix (10.0.0.1/8), IPv4-mapped IPv6.
[[nodiscard]] Result<AddressRange> parse_address_range(std::string_view text);
// "10.0.0.0/8", without a prefix for a single address.
[[nodiscard]] std::string to_string(const AddressRange& range);

// A host of a network rule, canonical: a domain pattern without a port, or an address or range.
[[nodiscard]] Result<std::string> parse_rule_host(std::string_view text);

}  // namespace bailey::policy

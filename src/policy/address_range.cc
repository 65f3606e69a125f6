#include "policy/address_range.h"

#include <arpa/inet.h>
#include <fmt/format.h>

#include <algorithm>
#include <charconv>

#include "policy/domain_pattern.h"

namespace bailey::policy {
namespace {

constexpr unsigned v4_offset_bits = 96;
constexpr std::size_t shown_bytes_max = 100;

std::unexpected<Error> refuse(std::string_view text, std::string why, std::string remedy = {}) {
  return fail(fmt::format("address '{}'", text.substr(0, shown_bytes_max)), std::move(why), std::move(remedy));
}

bool is_mapped(const AddressRange& range) {
  static constexpr std::array<std::uint8_t, 12> prefix = {0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff};
  return std::equal(prefix.begin(), prefix.end(), range.bytes.begin());
}

bool has_bits_beyond(const AddressRange& range) {
  for (unsigned bit = range.prefix_bits; bit < 128; ++bit) {
    if ((range.bytes[bit / 8] >> (7 - bit % 8) & 1U) != 0) return true;
  }
  return false;
}

}  // namespace

Result<AddressRange> parse_address_range(std::string_view text) {
  const auto slash = text.find('/');
  const std::string address(text.substr(0, std::min<std::size_t>(slash, INET6_ADDRSTRLEN)));
  if (address.find('\0') != std::string::npos) return refuse(text, "it contains a NUL character");
  AddressRange range;
  if (::inet_pton(AF_INET, address.c_str(), range.bytes.data() + 12) == 1) {
    range.is_v4 = true;
    range.bytes[10] = range.bytes[11] = 0xff;
  } else if (::inet_pton(AF_INET6, address.c_str(), range.bytes.data()) != 1) {
    return refuse(text, "it is no IPv4 or IPv6 address", "write it like 192.0.2.7, 10.0.0.0/8 or fd00::/8");
  } else if (is_mapped(range)) {
    return refuse(text, "it stands for an IPv4 address", "write the IPv4 address");
  }
  if (slash == std::string_view::npos) return range;
  const auto digits = text.substr(slash + 1);
  const unsigned offset = range.is_v4 ? v4_offset_bits : 0;
  unsigned bits = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), bits);
  if (error != std::errc() || end != digits.data() + digits.size() || bits > 128 - offset) {
    return refuse(text, fmt::format("the prefix must be a number up to {}", 128 - offset));
  }
  range.prefix_bits = bits + offset;
  if (has_bits_beyond(range)) return refuse(text, "the address has bits beyond its prefix");
  return range;
}

std::string to_string(const AddressRange& range) {
  char text[INET6_ADDRSTRLEN] = {};
  const auto family = range.is_v4 ? AF_INET : AF_INET6;
  ::inet_ntop(family, range.bytes.data() + (range.is_v4 ? 12 : 0), text, sizeof text);
  if (range.prefix_bits == 128) return text;
  return fmt::format("{}/{}", text, range.prefix_bits - (range.is_v4 ? v4_offset_bits : 0));
}

Result<std::string> parse_rule_host(std::string_view text) {
  const auto is_name = text.find('/') == std::string_view::npos && text.find("::") == std::string_view::npos;
  auto pattern = is_name ? parse_domain_pattern(text) : fail("host", "not a name");
  if (pattern) {
    if (!parts_of(*pattern).port) return pattern;
    return fail(fmt::format("host '{}'", text), "it has a port", "write the port as a member of its own");
  }
  if (auto range = parse_address_range(text)) return to_string(*range);
  else if (!is_name) return std::unexpected(std::move(range).error());
  return pattern;
}

}  // namespace bailey::policy

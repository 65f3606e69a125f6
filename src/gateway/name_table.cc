#include "gateway/name_table.h"

#include <algorithm>
#include <array>

namespace bailey::gateway {
namespace {

constexpr std::array<std::uint8_t, 16> v4_base{0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xFF, 0xFF, 198, 18, 0, 0};
constexpr std::array<std::uint8_t, 16> v6_base{0xFD, 0x62, 0x61, 0x69, 0x6C, 0x65, 0x79, 0x00};
constexpr std::uint32_t v4_count = 1U << 17;  // a /15
constexpr std::size_t v6_prefix_bytes = 8;    // a /64

// No number carries over into the bytes before these three: the /15 starts with an even second byte.
IpAddress at(const std::array<std::uint8_t, 16>& base, std::uint32_t number) {
  IpAddress address{.bytes = base, .is_v4 = base == v4_base};
  address.bytes[13] = static_cast<std::uint8_t>(address.bytes[13] + (number >> 16));
  address.bytes[14] = static_cast<std::uint8_t>(number >> 8);
  address.bytes[15] = static_cast<std::uint8_t>(number);
  return address;
}

bool is_synthetic_v4(const IpAddress& address) {
  return address.is_v4 && address.bytes[12] == 198 && (address.bytes[13] & 0xFE) == 18;
}

bool is_synthetic_v6(const IpAddress& address) {
  return !address.is_v4 && std::equal(v6_base.begin(), v6_base.begin() + v6_prefix_bytes, address.bytes.begin());
}

std::optional<std::uint32_t> number_of(const IpAddress& address) {
  const auto& bytes = address.bytes;
  const auto low = static_cast<std::uint32_t>(bytes[14] << 8 | bytes[15]);
  if (is_synthetic_v4(address)) return static_cast<std::uint32_t>(bytes[13] & 1) << 16 | low;
  if (!is_synthetic_v6(address)) return std::nullopt;
  if (std::any_of(bytes.begin() + v6_prefix_bytes, bytes.begin() + 13, [](std::uint8_t byte) { return byte != 0; }))
    return std::nullopt;
  return static_cast<std::uint32_t>(bytes[13]) << 16 | low;
}

}  // namespace

NameTable::NameTable(Start start)
    : first_number_(start == Start::first ? synthetic_reserved_count : synthetic_reserved_count + names_max),
      count_max_(std::min(names_max, v4_count - first_number_)) {}

std::optional<SyntheticAddresses> NameTable::give(std::string_view name) {
  auto known = index_.find(name);
  if (known == index_.end()) {
    if (names_.size() >= count_max_ || bytes_ + name.size() > names_bytes_max) return std::nullopt;
    const auto number = first_number_ + static_cast<std::uint32_t>(names_.size());
    known = index_.emplace(names_.emplace_back(name), number).first;
    bytes_ += name.size();
  }
  return SyntheticAddresses{.v4 = at(v4_base, known->second), .v6 = at(v6_base, known->second)};
}

std::optional<std::string_view> NameTable::name_of(const IpAddress& address) const {
  const auto number = number_of(address);
  if (!number || *number < first_number_ || *number - first_number_ >= names_.size()) return std::nullopt;
  return names_[*number - first_number_];
}

bool NameTable::is_synthetic(const IpAddress& address) { return is_synthetic_v4(address) || is_synthetic_v6(address); }

}  // namespace bailey::gateway

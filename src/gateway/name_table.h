// Synthetic addresses: one per name and session, so that a later connection is tied to the name that was asked for.
//
// How it works. Names get numbers in the order in which they are first asked for; number n is 198.18.0.0 + n and
// fd62:6169:6c65:7900:: + n. A number is never given to another name: when the numbers are used up, further names get
// none. A gateway that replaces one that died starts behind its predecessor's numbers, so that an address that the
// sandbox still remembers names nobody rather than somebody else. There is no third: a sandbox's gateway is started
// anew once (session/supervisor_network.cc), and a new sandbox remembers nothing.
//
// What it relies on. The first 256 addresses of both ranges belong to the sandbox's namespace itself.
#pragma once

#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <string_view>
#include <unordered_map>

#include "gateway/address.h"

namespace bailey::gateway {

inline constexpr std::uint32_t synthetic_reserved_count = 256;
inline constexpr std::uint32_t names_max = 65536;
inline constexpr std::size_t names_bytes_max = std::size_t{8} << 20;  // of all names together

struct SyntheticAddresses {
  IpAddress v4;
  IpAddress v6;
};

class NameTable {
 public:
  enum class Start { first, after_restart };
  explicit NameTable(Start start = Start::first);

  // `name` in lower case, without a dot at the end. nullopt: the table is full.
  [[nodiscard]] std::optional<SyntheticAddresses> give(std::string_view name);
  // The name that an address was given to; valid as long as the table.
  [[nodiscard]] std::optional<std::string_view> name_of(const IpAddress& address) const;
  // In one of the ranges, given to a name or not. A connection to such an address without a name goes nowhere.
  [[nodiscard]] static bool is_synthetic(const IpAddress& address);
  [[nodiscard]] std::size_t size() const { return names_.size(); }

 private:
  std::uint32_t first_number_;
  std::uint32_t count_max_;
  std::size_t bytes_ = 0;
  std::deque<std::string> names_;  // never moved: the index holds views
  std::unordered_map<std::string_view, std::uint32_t> index_;
};

}  // namespace bailey::gateway

// Which rules speak of a host, in their order, in a time that does not depend on how many rules there are: names are
// looked up by themselves and by each of their suffixes, literals by each prefix length that some rule uses.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/address.h"
#include "policy/network_rule.h"

namespace bailey::gateway {

using RuleNumbers = std::vector<std::uint32_t>;

class RuleIndex {
 public:
  explicit RuleIndex(const std::vector<policy::NetworkRule>& rules);
  [[nodiscard]] RuleNumbers of_name(std::string_view host) const;
  [[nodiscard]] RuleNumbers of_address(const IpAddress& address) const;

 private:
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  using Table = std::unordered_map<std::string, RuleNumbers, Hash, std::equal_to<>>;
  struct Prefix {
    bool is_v4 = false;
    unsigned bits = 0;
    bool operator==(const Prefix&) const = default;
  };

  void add(std::string_view host, std::uint32_t number, policy::RuleAction action);

  Table hosts_;
  Table domains_;
  Table ranges_;                  // by key_of() a prefix
  std::vector<Prefix> prefixes_;  // those that occur; at most 162
  RuleNumbers any_host_;
};

}  // namespace bailey::gateway

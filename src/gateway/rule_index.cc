#include "gateway/rule_index.h"

#include <algorithm>

#include "policy/address_range.h"
#include "policy/domain_pattern.h"

namespace bailey::gateway {
namespace {

std::string key_of(const std::array<std::uint8_t, 16>& bytes, unsigned prefix_bits) {
  std::string key(1, static_cast<char>(prefix_bits));
  for (unsigned at = 0; at < prefix_bits; at += 8) {
    const auto kept = std::min(8U, prefix_bits - at);
    key += static_cast<char>(bytes[at / 8] & (0xFF00U >> kept));
  }
  return key;
}

void append(RuleNumbers& out, const RuleNumbers& more) { out.insert(out.end(), more.begin(), more.end()); }

// A rule can name a host twice.
RuleNumbers in_order(RuleNumbers numbers) {
  std::ranges::sort(numbers);
  numbers.erase(std::unique(numbers.begin(), numbers.end()), numbers.end());
  return numbers;
}

}  // namespace

RuleIndex::RuleIndex(const std::vector<policy::NetworkRule>& rules) {
  for (std::uint32_t number = 0; number < rules.size(); ++number) {
    const auto& rule = rules[number];
    if (rule.hosts.empty() && rule.action != policy::RuleAction::allow) any_host_.push_back(number);
    for (const auto& host : rule.hosts) add(host, number, rule.action);
  }
}

void RuleIndex::add(std::string_view host, std::uint32_t number, policy::RuleAction action) {
  if (const auto range = policy::parse_address_range(host)) {
    const Prefix prefix{range->is_v4, range->prefix_bits};
    if (std::ranges::find(prefixes_, prefix) == prefixes_.end()) prefixes_.push_back(prefix);
    ranges_[key_of(range->bytes, range->prefix_bits)].push_back(number);
  } else if (policy::parse_rule_host(host)) {
    const auto parts = policy::parts_of(host);
    auto& table = parts.reach == policy::Reach::domain ? domains_ : hosts_;
    table[std::string(parts.host)].push_back(number);
  } else if (action != policy::RuleAction::allow) {
    any_host_.push_back(number);  // fail closed: what was meant to be refused is not let through by a mistake
  }
}

RuleNumbers RuleIndex::of_name(std::string_view host) const {
  auto numbers = any_host_;
  if (const auto found = hosts_.find(host); found != hosts_.end()) append(numbers, found->second);
  for (auto suffix = host;;) {
    if (const auto found = domains_.find(suffix); found != domains_.end()) append(numbers, found->second);
    const auto dot = suffix.find('.');
    if (dot == std::string_view::npos) break;
    suffix.remove_prefix(dot + 1);
  }
  return in_order(std::move(numbers));
}

RuleNumbers RuleIndex::of_address(const IpAddress& address) const {
  auto numbers = any_host_;
  for (const auto& prefix : prefixes_) {
    if (prefix.is_v4 != address.is_v4) continue;
    const auto found = ranges_.find(key_of(address.bytes, prefix.bits));
    if (found != ranges_.end()) append(numbers, found->second);
  }
  return in_order(std::move(numbers));
}

}  // namespace bailey::gateway

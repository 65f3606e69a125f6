#include "gateway/keep_index.h"

#include <algorithm>

#include "policy/domain_pattern.h"

namespace bailey::gateway {
namespace {

constexpr std::uint16_t usual_port = 443;

}  // namespace

KeepIndex::KeepIndex(credentials::Keep keep) : keep_(std::move(keep)), canaries_(keep_) {
  for (std::uint32_t number = 0; number < keep_.secrets.size(); ++number) {
    for (const auto& host : keep_.secrets[number].hosts) {
      const auto parts = policy::parts_of(host);
      Table& table = parts.reach == policy::Reach::domain ? domains_ : hosts_;
      table[std::string(parts.host)].push_back({number, parts.port.value_or(usual_port)});
    }
  }
}

SecretNumbers KeepIndex::at(std::string_view host, std::uint16_t port) const {
  SecretNumbers numbers;
  const auto add = [&](const Table& table, std::string_view name) {
    const auto found = table.find(name);
    if (found == table.end()) return;
    for (const auto& place : found->second)
      if (place.port == port) numbers.push_back(place.secret);
  };
  if (hosts_.empty() && domains_.empty()) return numbers;
  add(hosts_, host);
  for (std::string_view suffix = host; !suffix.empty();) {
    add(domains_, suffix);
    const auto dot = suffix.find('.');
    if (dot == std::string_view::npos) break;
    suffix.remove_prefix(dot + 1);
  }
  std::ranges::sort(numbers);
  numbers.erase(std::ranges::unique(numbers).begin(), numbers.end());
  return numbers;
}

}  // namespace bailey::gateway

#include "policy/rule_fields.h"

#include "base/text.h"
#include "policy/network_rule.h"

namespace bailey::policy {
namespace {

constexpr std::size_t endpoint_bytes_max = 1024;

}  // namespace

Result<std::string> plain_text(const toml::Node& node, std::string_view what, std::size_t bytes_max) {
  auto text = TRY(toml::expect_string(node, what));
  if (text.empty() || text.size() > bytes_max || has_control_characters(text)) {
    return toml::fail_at(node.position, fmt::format("{} must be 1 to {} bytes of plain text", what, bytes_max));
  }
  return text;
}

Result<std::string> required_text(const toml::Node& table, std::string_view key, std::size_t bytes_max) {
  const auto* node = table.find(key);
  if (node == nullptr) return toml::fail_at(table.position, fmt::format("'{}' is missing", key));
  return plain_text(*node, key, bytes_max);
}

Result<std::string> endpoint(const toml::Node& table, std::string_view key) {
  auto text = TRY(required_text(table, key, endpoint_bytes_max));
  const bool is_local = text.starts_with("http://127.0.0.1:") || text.starts_with("http://localhost:");
  if (!text.starts_with("https://") && !is_local)
    return toml::fail_at(table.find(key)->position, fmt::format("{} must start with https://", key));
  return text;
}

Result<int> read_tier(const toml::Node& table) {
  const auto* tier = table.find("tier");
  if (tier == nullptr) return 0;
  const auto value = TRY(toml::expect_whole(*tier, "tier"));
  if (value < 0 || value > rule_tier_max) {
    return toml::fail_at(tier->position, fmt::format("a tier is a number from 0 to {}", rule_tier_max));
  }
  return static_cast<int>(value);
}

Status need_keys(const toml::Node& table, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) {
    if (table.find(key) == nullptr) return toml::fail_at(table.position, fmt::format("a rule needs '{}'", key));
  }
  return {};
}

std::string_view kind_of(const toml::Node& rule) {
  const auto* kind = rule.find("kind");
  const auto* word = kind == nullptr ? nullptr : std::get_if<std::string>(&kind->data);
  return word == nullptr ? std::string_view() : std::string_view(*word);
}

}  // namespace bailey::policy

#include "policy/network_rule_file.h"

#include <fmt/format.h>

#include <algorithm>

#include "policy/address_range.h"
#include "policy/credential_rule_file.h"
#include "policy/git_rule_file.h"
#include "policy/quantity.h"
#include "policy/rule_fields.h"
#include "toml/expect.h"

namespace bailey::policy {
namespace {

constexpr std::string_view action_words[] = {"allow", "log", "prompt", "block"};
constexpr RuleAction actions[] = {RuleAction::allow, RuleAction::allow, RuleAction::prompt, RuleAction::block};

Status read_host(const toml::Node& node, NetworkRule& rule) {
  const auto text = TRY(toml::expect_string(node, "host"));
  auto host = parse_rule_host(text);
  if (!host) return std::unexpected(std::move(host).error().within(to_string(node.position)));
  rule.hosts.push_back(std::move(*host));
  return {};
}

Status read_port(const toml::Node& node, NetworkRule& rule) {
  const auto port = TRY(toml::expect_whole(node, "port"));
  if (port < 1 || port > 65535) return toml::fail_at(node.position, "a port is a number from 1 to 65535");
  rule.ports.push_back(static_cast<std::uint16_t>(port));
  return {};
}

Status read_method(const toml::Node& node, NetworkRule& rule) {
  auto method = TRY(plain_text(node, "method", rule_method_bytes_max));
  const auto is_good = std::ranges::all_of(method, [](char c) { return (c >= 'A' && c <= 'Z') || c == '-'; });
  if (!is_good) return toml::fail_at(node.position, "method is written in capitals", "write it like \"GET\"");
  rule.methods.push_back(std::move(method));
  return {};
}

Status read_path(const toml::Node& node, NetworkRule& rule) {
  auto path = TRY(plain_text(node, "path", rule_path_bytes_max));
  if (!path.starts_with('/') && !path.starts_with('*')) {
    return toml::fail_at(node.position, "path must start with '/'", "'*' is text within a segment, '**' any text");
  }
  rule.paths.push_back(std::move(path));
  return {};
}

Status read_match(const toml::Node& match, NetworkRule& rule) {
  static constexpr std::string_view keys[] = {"host", "port", "method", "path"};
  const auto into = [&rule](Status (*read)(const toml::Node&, NetworkRule&)) {
    return [&rule, read](const toml::Node& node) { return read(node, rule); };
  };
  TRY_STATUS(toml::expect_keys(match, keys, "match"));
  TRY_STATUS(read_one_or_more(match, "host", rule_hosts_max, into(read_host)));
  TRY_STATUS(read_one_or_more(match, "port", rule_ports_max, into(read_port)));
  TRY_STATUS(read_one_or_more(match, "method", rule_methods_max, into(read_method)));
  return read_one_or_more(match, "path", rule_paths_max, into(read_path));
}

Result<bool> flag(const toml::Node& table, std::string_view key) {
  const auto* node = table.find(key);
  return node == nullptr ? Result<bool>(false) : toml::expect_bool(*node, key);
}

// A string like "8m", or a number.
Result<std::uint64_t> amount(const toml::Node& node, std::string_view what) {
  if (const auto* text = std::get_if<std::string>(&node.data)) {
    auto size = parse_size(*text);
    if (!size) return std::unexpected(std::move(size).error().within(to_string(node.position)));
    return *size;
  }
  const auto value = TRY(toml::expect_whole(node, what));
  if (value < 0) return toml::fail_at(node.position, fmt::format("{} can't be negative", what));
  return static_cast<std::uint64_t>(value);
}

Status check_sense(const toml::Node& node, const NetworkRule& rule) {
  if (rule.action == RuleAction::allow) {
    if (!rule.hosts.empty()) return {};
    return toml::fail_at(node.position, "it allows without naming a host", "give match a host");
  }
  if (rule.inspect || rule.allow_private || rule.allow_no_sni || rule.upload_request_bytes_max) {
    return toml::fail_at(node.position, "inspect, allow_private, allow_no_sni and upload_max are for rules that allow");
  }
  return {};
}

}  // namespace

Result<Given<NetworkRule>> read_network_rule(const toml::Node& node) {
  static constexpr std::string_view keys[] = {"id",     "kind",    "match",         "tier",         "action",
                                              "reason", "inspect", "allow_private", "allow_no_sni", "upload_max"};
  static constexpr std::string_view kinds[] = {"network", "git", "credential"};
  TRY_STATUS(toml::expect_keys(node, keys, "rule"));
  TRY_STATUS(need_keys(node, {"id", "kind", "match", "action"}));
  NetworkRule rule;
  rule.id = TRY(plain_text(*node.find("id"), "id", rule_id_bytes_max));
  TRY_STATUS(toml::expect_word(*node.find("kind"), kinds, "kind"));
  TRY_STATUS(read_match(*node.find("match"), rule));
  rule.action = actions[TRY(toml::expect_word(*node.find("action"), action_words, "action"))];
  rule.tier = TRY(read_tier(node));
  if (const auto* reason = node.find("reason")) rule.reason = TRY(plain_text(*reason, "reason", rule_reason_bytes_max));
  rule.inspect = TRY(flag(node, "inspect"));
  rule.allow_private = TRY(flag(node, "allow_private"));
  rule.allow_no_sni = TRY(flag(node, "allow_no_sni"));
  if (const auto* most = node.find("upload_max")) rule.upload_request_bytes_max = TRY(amount(*most, "upload_max"));
  TRY_STATUS(check_sense(node, rule));
  return Given{std::move(rule), to_string(node.position)};
}

Result<std::vector<Given<NetworkRule>>> read_network_rules(const toml::Node& node) {
  const auto* array = TRY(toml::expect_array(node, "rule"));
  if (array->size() > list_entries_max) {
    return toml::fail_at(node.position, fmt::format("more than {} rules", list_entries_max));
  }
  std::vector<Given<NetworkRule>> rules;
  for (const auto& entry : *array) {
    if (!is_git_rule(entry) && !is_credential_rule(entry)) rules.push_back(TRY(read_network_rule(entry)));
  }
  return rules;
}

Status read_network_limits(const toml::Node& table, Values& values) {
  std::vector<std::string_view> keys;
  for (const auto& limit : network_limit_keys) keys.push_back(limit.name);
  TRY_STATUS(toml::expect_keys(table, keys, "limits.network"));
  for (const auto& limit : network_limit_keys) {
    const auto* node = table.find(limit.name);
    if (node == nullptr) continue;
    const auto value = TRY(amount(*node, limit.name));
    if (value < limit.least || value > limit.most) {
      return toml::fail_at(node->position,
                           fmt::format("limits.network.{} must be {} to {}", limit.name, limit.least, limit.most));
    }
    values.*limit.given = Given{value, to_string(node->position)};
  }
  return {};
}

}  // namespace bailey::policy

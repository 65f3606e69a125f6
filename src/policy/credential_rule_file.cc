#include "policy/credential_rule_file.h"

#include <fmt/format.h>

#include "policy/domain_pattern.h"
#include "policy/rule_fields.h"

namespace bailey::policy {
namespace {

Status read_op(const toml::Node& node, CredentialRule& rule) {
  rule.ops.push_back(static_cast<CredentialOp>(TRY(toml::expect_word(node, credential_op_words, "op"))));
  return {};
}

Status read_name(const toml::Node& node, CredentialRule& rule) {
  rule.names.push_back(TRY(plain_text(node, "name", rule_path_bytes_max)));
  return {};
}

Status read_host(const toml::Node& node, CredentialRule& rule) {
  const auto text = TRY(plain_text(node, "host", rule_path_bytes_max));
  auto host = parse_domain_pattern(text);
  if (!host) return std::unexpected(std::move(host).error().within(to_string(node.position)));
  rule.hosts.push_back(std::move(*host));
  return {};
}

Status read_match(const toml::Node& match, CredentialRule& rule) {
  static constexpr std::string_view keys[] = {"op", "name", "host"};
  const auto into = [&rule](Status (*read)(const toml::Node&, CredentialRule&)) {
    return [&rule, read](const toml::Node& node) { return read(node, rule); };
  };
  TRY_STATUS(toml::expect_keys(match, keys, "match"));
  TRY_STATUS(read_one_or_more(match, "op", credential_rule_entries_max, into(read_op)));
  TRY_STATUS(read_one_or_more(match, "name", credential_rule_entries_max, into(read_name)));
  return read_one_or_more(match, "host", credential_rule_entries_max, into(read_host));
}

}  // namespace

bool is_credential_rule(const toml::Node& node) { return kind_of(node) == "credential"; }

Result<Given<CredentialRule>> read_credential_rule(const toml::Node& node) {
  static constexpr std::string_view keys[] = {"id", "kind", "match", "tier", "action", "reason"};
  TRY_STATUS(toml::expect_keys(node, keys, "rule"));
  TRY_STATUS(need_keys(node, {"id", "match", "action"}));
  CredentialRule rule;
  rule.id = TRY(required_text(node, "id", rule_id_bytes_max));
  TRY_STATUS(read_match(*node.find("match"), rule));
  rule.action =
      static_cast<CredentialAction>(TRY(toml::expect_word(*node.find("action"), credential_action_words, "action")));
  rule.tier = TRY(read_tier(node));
  if (node.find("reason") != nullptr) rule.reason = TRY(required_text(node, "reason", rule_reason_bytes_max));
  return Given{std::move(rule), to_string(node.position)};
}

Result<std::vector<Given<CredentialRule>>> read_credential_rules(const toml::Node& node) {
  std::vector<Given<CredentialRule>> rules;
  for (const auto& entry : *TRY(toml::expect_array(node, "rule"))) {
    if (is_credential_rule(entry)) rules.push_back(TRY(read_credential_rule(entry)));
  }
  if (rules.size() > credential_rules_max) {
    return toml::fail_at(node.position, fmt::format("more than {} rules of kind credential", credential_rules_max));
  }
  return rules;
}

}  // namespace bailey::policy

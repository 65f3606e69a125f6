#include "policy/git_rule_file.h"

#include <fmt/format.h>

#include "policy/rule_fields.h"
#include "toml/expect.h"

namespace bailey::policy {
namespace {

Status read_op(const toml::Node& node, GitRule& rule) {
  rule.ops.push_back(static_cast<GitOp>(TRY(toml::expect_word(node, git_op_words, "op"))));
  return {};
}

Status read_remote(const toml::Node& node, GitRule& rule) {
  rule.remotes.push_back(TRY(plain_text(node, "remote", rule_path_bytes_max)));
  return {};
}

Status read_ref(const toml::Node& node, GitRule& rule) {
  auto ref = TRY(plain_text(node, "ref", rule_path_bytes_max));
  const bool is_full = ref.starts_with("refs/") || ref.starts_with("**");
  rule.refs.push_back(is_full ? std::move(ref) : "refs/heads/" + ref);
  return {};
}

Status read_match(const toml::Node& match, GitRule& rule) {
  static constexpr std::string_view keys[] = {"op", "remote", "ref"};
  TRY_STATUS(toml::expect_keys(match, keys, "match"));
  TRY_STATUS(
      read_one_or_more(match, "op", git_rule_entries_max, [&](const toml::Node& n) { return read_op(n, rule); }));
  TRY_STATUS(read_one_or_more(match, "remote", git_rule_entries_max,
                              [&](const toml::Node& n) { return read_remote(n, rule); }));
  return read_one_or_more(match, "ref", git_rule_entries_max, [&](const toml::Node& n) { return read_ref(n, rule); });
}

}  // namespace

bool is_git_rule(const toml::Node& node) { return kind_of(node) == "git"; }

Result<Given<GitRule>> read_git_rule(const toml::Node& node) {
  static constexpr std::string_view keys[] = {"id", "kind", "match", "tier", "action", "reason"};
  TRY_STATUS(toml::expect_keys(node, keys, "rule"));
  TRY_STATUS(need_keys(node, {"id", "match", "action"}));
  GitRule rule;
  rule.id = TRY(plain_text(*node.find("id"), "id", rule_id_bytes_max));
  TRY_STATUS(read_match(*node.find("match"), rule));
  rule.action = static_cast<GitAction>(TRY(toml::expect_word(*node.find("action"), git_action_words, "action")));
  rule.tier = TRY(read_tier(node));
  if (const auto* reason = node.find("reason")) rule.reason = TRY(plain_text(*reason, "reason", rule_reason_bytes_max));
  return Given{std::move(rule), to_string(node.position)};
}

Result<std::vector<Given<GitRule>>> read_git_rules(const toml::Node& node) {
  std::vector<Given<GitRule>> rules;
  for (const auto& entry : *TRY(toml::expect_array(node, "rule"))) {
    if (is_git_rule(entry)) rules.push_back(TRY(read_git_rule(entry)));
  }
  if (rules.size() > git_rules_max) {
    return toml::fail_at(node.position, fmt::format("more than {} rules of kind git", git_rules_max));
  }
  return rules;
}

}  // namespace bailey::policy

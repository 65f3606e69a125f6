#include "policy/git_rule_file.h"

#include <fmt/format.h>

#include "base/text.h"
#include "toml/expect.h"

namespace bailey::policy {
namespace {

Result<std::string> plain_text(const toml::Node& node, std::string_view what, std::size_t bytes_max) {
  auto text = TRY(toml::expect_string(node, what));
  if (text.empty() || text.size() > bytes_max || has_control_characters(text)) {
    return toml::fail_at(node.position, fmt::format("{} must be 1 to {} bytes of plain text", what, bytes_max));
  }
  return text;
}

// One value or an array of them. Not an empty array: it reads like "none" and would mean "any".
Status one_or_more(const toml::Node& table, std::string_view key, GitRule& rule,
                   Status (*read)(const toml::Node&, GitRule&)) {
  const auto* node = table.find(key);
  if (node == nullptr) return {};
  const auto* array = std::get_if<toml::Array>(&node->data);
  if (array == nullptr) return read(*node, rule);
  if (array->empty() || array->size() > git_rule_entries_max) {
    return toml::fail_at(node->position, fmt::format("{} must have 1 to {} entries", key, git_rule_entries_max));
  }
  for (const auto& entry : *array) TRY_STATUS(read(entry, rule));
  return {};
}

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
  TRY_STATUS(one_or_more(match, "op", rule, read_op));
  TRY_STATUS(one_or_more(match, "remote", rule, read_remote));
  return one_or_more(match, "ref", rule, read_ref);
}

}  // namespace

bool is_git_rule(const toml::Node& node) {
  const auto* kind = node.find("kind");
  const auto* word = kind == nullptr ? nullptr : std::get_if<std::string>(&kind->data);
  return word != nullptr && *word == "git";
}

Result<Given<GitRule>> read_git_rule(const toml::Node& node) {
  static constexpr std::string_view keys[] = {"id", "kind", "match", "tier", "action", "reason"};
  TRY_STATUS(toml::expect_keys(node, keys, "rule"));
  for (const auto key : {"id", "match", "action"}) {
    if (node.find(key) == nullptr) return toml::fail_at(node.position, fmt::format("a rule needs '{}'", key));
  }
  GitRule rule;
  rule.id = TRY(plain_text(*node.find("id"), "id", rule_id_bytes_max));
  TRY_STATUS(read_match(*node.find("match"), rule));
  rule.action = static_cast<GitAction>(TRY(toml::expect_word(*node.find("action"), git_action_words, "action")));
  if (const auto* tier = node.find("tier")) {
    const auto value = TRY(toml::expect_whole(*tier, "tier"));
    if (value < 0 || value > rule_tier_max) {
      return toml::fail_at(tier->position, fmt::format("a tier is a number from 0 to {}", rule_tier_max));
    }
    rule.tier = static_cast<int>(value);
  }
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

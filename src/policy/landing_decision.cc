#include "policy/landing_decision.h"

#include <algorithm>
#include <set>

#include "policy/path_pattern.h"

namespace bailey::policy {
namespace {

constexpr std::string_view protected_rule = "protected";

bool contains(const std::vector<std::string>& list, std::string_view text) {
  return std::find(list.begin(), list.end(), text) != list.end();
}

std::string protecting_pattern(const LandingRules& rules, std::string_view path) {
  for (const auto& pattern : rules.protected_paths)
    if (matches_path(pattern, path)) return pattern;
  return {};
}

// "RULE", "RULE:PATTERN", "*:PATTERN".
bool accepts(std::string_view entry, const LandingFinding& finding) {
  const auto colon = entry.find(':');
  const auto rule = entry.substr(0, colon);
  if (rule != "*" && rule != finding.rule_id) return false;
  return colon == std::string_view::npos ? rule != "*" : matches_path(entry.substr(colon + 1), finding.path);
}

std::string accepted_by(const LandingFinding& finding, const LandingRules& rules, const LandingWords& words) {
  if (contains(words.accepted_paths, finding.path)) return "--accept";
  if (contains(words.accepted_rules, finding.rule_id)) return "--accept-rule " + finding.rule_id;
  for (const auto& entry : rules.accepted)
    if (accepts(entry, finding)) return "configuration: " + entry;
  return {};
}

LandingItem judge(const LandingFinding& finding, const LandingRules& rules, const LandingWords& words) {
  LandingItem item{finding, LandingState::open, accepted_by(finding, rules, words),
                   protecting_pattern(rules, finding.path)};
  const bool confirmed = contains(words.confirmed_paths, finding.path);
  // The confirmation of a path says more than its acceptance.
  if (item.by.empty() && confirmed && !item.protected_by.empty()) item.by = "--confirm";
  if (!item.by.empty())
    item.state = item.protected_by.empty() || confirmed ? LandingState::accepted : LandingState::unconfirmed;
  return item;
}

}  // namespace

std::vector<LandingItem> decide_landing(const std::vector<LandingFinding>& findings,
                                        const std::vector<std::string>& changed, const LandingRules& rules,
                                        const LandingWords& words) {
  std::vector<LandingItem> items;
  std::set<std::string> found;
  for (const auto& finding : findings) {
    items.push_back(judge(finding, rules, words));
    found.insert(finding.path);
  }
  for (const auto& path : changed) {
    const auto pattern = found.contains(path) ? std::string() : protecting_pattern(rules, path);
    if (pattern.empty()) continue;
    LandingFinding finding{.rule_id = std::string(protected_rule),
                           .path = path,
                           .why = "your configuration protects it (" + pattern + ")"};
    const bool confirmed = contains(words.confirmed_paths, path);
    items.push_back({std::move(finding), confirmed ? LandingState::accepted : LandingState::unconfirmed,
                     confirmed ? "--confirm" : "", pattern});
  }
  return items;
}

bool all_decided(const std::vector<LandingItem>& items) {
  return std::all_of(items.begin(), items.end(),
                     [](const LandingItem& item) { return item.state == LandingState::accepted; });
}

}  // namespace bailey::policy

#include "gateway/plan_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <set>

#include "policy/builtin_allowlist.h"
#include "policy/domain_pattern.h"

namespace bailey::gateway {

Mode mode_of(const policy::SessionPlan& plan) {
  return plan.network.value == policy::Network::allow_all ? Mode::allow_all : Mode::proxy;
}

namespace {

constexpr std::string_view approved_prefix = "approved:";

std::string approved_id(std::string_view asking, std::string_view pattern) {
  return std::string(approved_prefix).append(asking).append(":").append(pattern);
}

// The rule and, before it, what was approved of it.
void add_with_approved(std::vector<NetworkRule>& rules, const NetworkRule& rule, std::span<const NetworkRule> said) {
  if (rule.action == RuleAction::prompt)
    for (const auto& approved : said) {
      if (!approved.id.starts_with(approved_id(rule.id, ""))) continue;
      NetworkRule part = rule;
      part.id = approved.id;
      part.action = RuleAction::allow;
      part.hosts = approved.hosts;
      if (part.ports.empty()) part.ports = approved.ports;
      rules.push_back(std::move(part));
    }
  rules.push_back(rule);
}

}  // namespace

std::vector<NetworkRule> network_rules(const policy::SessionPlan& plan, std::span<const NetworkRule> said_since) {
  std::vector<NetworkRule> rules;
  rules.reserve(plan.network_rules.size() + said_since.size());
  auto setting = plan.network_rules.begin();
  for (; setting != plan.network_rules.end(); ++setting) {
    if (setting->origin.layer != policy::Layer::administrator) break;
    add_with_approved(rules, setting->value, said_since);
  }
  std::ranges::copy_if(said_since, std::back_inserter(rules),
                       [](const NetworkRule& said) { return !said.id.starts_with(approved_prefix); });
  for (; setting != plan.network_rules.end(); ++setting) add_with_approved(rules, setting->value, said_since);
  return rules;
}

std::vector<NetworkRule> with_git_hosts_inspected(std::vector<NetworkRule> rules, Mode mode,
                                                  std::span<const GitHost> git_hosts) {
  std::set<std::string> hosts;
  std::set<std::uint16_t> ports = {80, 443};
  if (const auto builtin = policy::builtin_allowlist())
    for (const auto& each : *builtin)
      if (each.takes == policy::Takes::pushes) hosts.insert(each.pattern);
  for (const auto& each : git_hosts) {
    hosts.insert(each.host);
    if (each.port != 0) ports.insert(each.port);
  }
  std::vector<NetworkRule> result;
  for (auto& rule : rules) {
    NetworkRule inspected = rule;
    inspected.inspect = true;
    inspected.hosts.clear();
    const bool is_open =
        rule.action == RuleAction::allow && !rule.inspect && rule.methods.empty() && rule.paths.empty();
    for (const auto& host : hosts) {
      const auto covers = [&](const std::string& pattern) { return policy::covers(pattern, host); };
      if (is_open && std::ranges::any_of(rule.hosts, covers)) inspected.hosts.push_back(host);
    }
    if (!inspected.hosts.empty()) result.push_back(std::move(inspected));
    result.push_back(std::move(rule));
  }
  if (mode != Mode::allow_all) return result;
  // What no rule names is allowed in this mode.
  NetworkRule rest{.id = "git-push"};
  rest.hosts.assign(hosts.begin(), hosts.end());
  rest.ports.assign(ports.begin(), ports.end());
  rest.inspect = true;
  result.push_back(std::move(rest));
  return result;
}

std::string policy_text(const policy::SessionPlan& plan, std::span<const NetworkRule> said_since,
                        std::span<const GitHost> git_hosts) {
  const Mode mode = mode_of(plan);
  return to_json_text(mode, with_git_hosts_inspected(network_rules(plan, said_since), mode, git_hosts),
                      policy::limits_of(plan));
}

Result<NetworkRule> rule_said(RuleAction action, std::string_view pattern) {
  const auto canonical = TRY(policy::parse_domain_pattern(pattern));
  const auto parts = policy::parts_of(canonical);
  NetworkRule rule{.id = "session:" + canonical, .action = action};
  rule.hosts.push_back((parts.reach == policy::Reach::domain ? "*." : "") + std::string(parts.host));
  if (parts.port) rule.ports.push_back(*parts.port);
  if (action != RuleAction::allow) rule.reason = "the user refused it for this session";
  return rule;
}

Result<NetworkRule> approved_rule(std::string_view asking, std::string_view pattern) {
  auto rule = TRY(rule_said(RuleAction::allow, pattern));
  rule.id = approved_id(asking, pattern);
  return rule;
}

}  // namespace bailey::gateway

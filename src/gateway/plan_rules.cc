#include "gateway/plan_rules.h"

#include <fmt/format.h>

#include "policy/domain_pattern.h"

namespace bailey::gateway {

Mode mode_of(const policy::SessionPlan& plan) {
  return plan.network.value == policy::Network::allow_all ? Mode::allow_all : Mode::proxy;
}

std::vector<NetworkRule> network_rules(const policy::SessionPlan& plan, std::span<const NetworkRule> said_since) {
  std::vector<NetworkRule> rules;
  rules.reserve(plan.network_rules.size() + said_since.size());
  auto setting = plan.network_rules.begin();
  for (; setting != plan.network_rules.end(); ++setting) {
    if (setting->origin.layer != policy::Layer::administrator) break;
    rules.push_back(setting->value);
  }
  rules.insert(rules.end(), said_since.begin(), said_since.end());
  for (; setting != plan.network_rules.end(); ++setting) rules.push_back(setting->value);
  return rules;
}

std::string policy_text(const policy::SessionPlan& plan, std::span<const NetworkRule> said_since) {
  return to_json_text(mode_of(plan), network_rules(plan, said_since), policy::limits_of(plan));
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

}  // namespace bailey::gateway

// From a session's plan to the policy that its gateway decides by.
#pragma once

#include <span>
#include <string>
#include <vector>

#include "gateway/network_policy.h"
#include "policy/plan.h"

namespace bailey::gateway {

// Network::restricted has no gateway: calling it with such a plan gives Mode::proxy.
[[nodiscard]] Mode mode_of(const policy::SessionPlan& plan);

struct GitHost {
  std::string host;
  std::uint16_t port = 0;  // 0: the usual ones
};

// In the order in which they are decided. `said_since` is what the user said while the session runs (bailey allow,
// bailey deny), the newest first: it comes after the administrator's rules and before all others. What was approved
// because a rule asked (approved_rule()) comes right before that rule, whoever's it is, and reaches no further.
[[nodiscard]] std::vector<NetworkRule> network_rules(const policy::SessionPlan& plan,
                                                     std::span<const NetworkRule> said_since = {});

// All of it, for the gateway process: to_json_text() of mode, rules and limits.
[[nodiscard]] std::string policy_text(const policy::SessionPlan& plan, std::span<const NetworkRule> said_since = {},
                                      std::span<const GitHost> git_hosts = {});

// Makes the gateway look into every connection that is allowed to a host that takes pushes (git_guard.h): the code
// hosts of the default list, and `git_hosts`, where the repository's remotes are. Everything else about a rule stays.
[[nodiscard]] std::vector<NetworkRule> with_git_hosts_inspected(std::vector<NetworkRule> rules, Mode mode,
                                                                std::span<const GitHost> git_hosts);

// A human allowed `pattern` because the rule `asking` wanted them to be asked.
[[nodiscard]] Result<NetworkRule> approved_rule(std::string_view asking, std::string_view pattern);
// Makes the gateway look into every connection that is allowed to a host that a secret or token is for: what stands
// for it inside is replaced there. Patterns as in policy/secret_rule.h. Nothing becomes allowed that was not.
[[nodiscard]] std::vector<NetworkRule> with_secret_hosts_inspected(std::vector<NetworkRule> rules, Mode mode,
                                                                   std::span<const std::string> patterns);
[[nodiscard]] std::vector<std::string> secret_hosts(const policy::SessionPlan& plan);

// The rule of `bailey allow|deny SESSION PATTERN`, checked like an allow-list's entry.
[[nodiscard]] Result<NetworkRule> rule_said(RuleAction action, std::string_view pattern);

}  // namespace bailey::gateway

#include "credentials/use_rules.h"

#include <fnmatch.h>

#include <algorithm>

#include "policy/domain_pattern.h"

namespace bailey::credentials {
namespace {

using policy::CredentialAction;
using policy::CredentialOp;
using policy::CredentialRule;

bool permits(CredentialAction action) { return action == CredentialAction::allow || action == CredentialAction::log; }

bool is_about(const CredentialRule& rule, const std::string& id) {
  const auto matches = [&](const std::string& name) { return ::fnmatch(name.c_str(), id.c_str(), FNM_NOESCAPE) == 0; };
  return (rule.ops.empty() || std::ranges::find(rule.ops, CredentialOp::use) != rule.ops.end()) &&
         (rule.names.empty() || std::ranges::any_of(rule.names, matches));
}

// A rule that permits must cover the pattern; one that blocks need only touch it.
bool applies(const CredentialRule& rule, const std::string& host) {
  if (rule.hosts.empty()) return true;
  return std::ranges::any_of(rule.hosts, [&](const std::string& bound) {
    return policy::covers(bound, host) || (!permits(rule.action) && policy::covers(host, bound));
  });
}

const CredentialRule* deciding_rule(const std::string& id, const std::string& host,
                                    std::span<const CredentialRule> rules) {
  for (const auto& rule : rules)
    if (is_about(rule, id) && applies(rule, host)) return &rule;
  return nullptr;
}

}  // namespace

AllowedUse allowed_use(const policy::SecretRule& secret, std::span<const CredentialRule> rules) {
  AllowedUse use;
  for (const auto& host : secret.hosts) {
    const auto* rule = deciding_rule(secret.id, host, rules);
    if (permits(rule == nullptr ? policy::default_action(CredentialOp::use) : rule->action)) use.hosts.push_back(host);
    else use.blocked_by = rule == nullptr ? "default" : rule->id;
  }
  return use;
}

}  // namespace bailey::credentials

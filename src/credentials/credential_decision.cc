#include "credentials/credential_decision.h"

#include <fnmatch.h>

#include <algorithm>

#include "policy/domain_pattern.h"

namespace bailey::credentials {
namespace {

using policy::CredentialAction;
using policy::CredentialRule;

bool has_op(const CredentialRule& rule, policy::CredentialOp op) {
  return rule.ops.empty() || std::find(rule.ops.begin(), rule.ops.end(), op) != rule.ops.end();
}

bool has_name(const CredentialRule& rule, std::span<const std::string> names) {
  if (rule.names.empty()) return true;
  return std::any_of(rule.names.begin(), rule.names.end(), [&](const std::string& pattern) {
    return std::any_of(names.begin(), names.end(), [&](const std::string& name) {
      return ::fnmatch(pattern.c_str(), name.c_str(), FNM_NOESCAPE) == 0;
    });
  });
}

bool has_host(const CredentialRule& rule, const CredentialUse& use) {
  return rule.hosts.empty() || std::any_of(rule.hosts.begin(), rule.hosts.end(), [&](const std::string& pattern) {
           return !use.host.empty() && host_matches(pattern, use.host, use.port);
         });
}

}  // namespace

bool host_matches(std::string_view pattern, std::string_view host, std::optional<std::uint16_t> port) {
  const auto parts = policy::parts_of(pattern);
  if (parts.port && parts.port != port) return false;
  if (host == parts.host) return true;
  return parts.reach == policy::Reach::domain && host.size() > parts.host.size() + 1 && host.ends_with(parts.host) &&
         host[host.size() - parts.host.size() - 1] == '.';
}

CredentialDecision decide(std::span<const CredentialRule> rules, const CredentialUse& use) {
  for (const auto& rule : rules)
    if (has_op(rule, use.op) && has_name(rule, use.names) && has_host(rule, use))
      return {rule.action, rule.id, rule.reason, rule.tier};
  return {policy::default_action(use.op), {}, {}, 0};
}

bool may_be_used(std::span<const CredentialRule> rules, policy::CredentialOp op, std::span<const std::string> names) {
  for (const auto& rule : rules) {
    if (!has_op(rule, op)) continue;
    if (rule.action != CredentialAction::block) {
      if (names.empty() || has_name(rule, names)) return true;
      continue;
    }
    // A block ends the search only where it holds for every credential asked about and for every host.
    if (rule.hosts.empty() && (rule.names.empty() || (!names.empty() && has_name(rule, names)))) return false;
  }
  return policy::default_action(op) != CredentialAction::block;
}

}  // namespace bailey::credentials

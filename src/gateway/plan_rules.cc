#include "gateway/plan_rules.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>
#include <map>
#include <set>

#include "policy/builtin_allowlist.h"
#include "policy/domain_pattern.h"

namespace bailey::gateway {
namespace {

constexpr std::uint16_t secret_port = 443;  // of a pattern that names none

// Without its port.
std::string host_of(const policy::DomainPattern& parts) {
  return (parts.reach == policy::Reach::domain ? "*." : "") + std::string(parts.host);
}

// A pattern of a secret's as rules have it: ports apart.
struct SecretHost {
  std::string host;
  std::uint16_t port = secret_port;
};

std::vector<SecretHost> split_ports(std::span<const std::string> patterns) {
  std::vector<SecretHost> hosts;
  for (const auto& pattern : patterns) {
    const auto parts = policy::parts_of(pattern);
    hosts.push_back({host_of(parts), parts.port.value_or(secret_port)});
  }
  return hosts;
}

bool is_open(const NetworkRule& rule) {
  return rule.action == RuleAction::allow && !rule.inspect && rule.methods.empty() && rule.paths.empty();
}

bool allows_port(const NetworkRule& rule, std::uint16_t port) {
  if (rule.ports.empty()) return port == 80 || port == 443;
  return std::ranges::find(rule.ports, port) != rule.ports.end();
}

// A rule that names a port lets any protocol be spoken there: the usual one stays unnamed.
std::vector<std::uint16_t> ports_of(const NetworkRule& rule, std::uint16_t port) {
  if (rule.ports.empty() && port == secret_port) return {};
  return {port};
}

// What `rule` allows of `secret`: the narrower of the two, for each of the rule's hosts.
std::vector<std::string> common_hosts(const NetworkRule& rule, const SecretHost& secret) {
  std::vector<std::string> hosts;
  for (const auto& host : rule.hosts) {
    if (policy::covers(host, secret.host)) return {secret.host};
    if (policy::covers(secret.host, host)) hosts.push_back(host);
  }
  return hosts;
}

constexpr std::string_view approved_prefix = "approved:";

std::string approved_id(std::string_view asking, std::string_view pattern) {
  return std::string(approved_prefix).append(asking).append(":").append(pattern);
}

// Exactly: the id of a rule may be the beginning of another's.
bool is_approved_of(const NetworkRule& approved, const NetworkRule& asking) {
  if (!approved.id.starts_with(approved_prefix)) return false;
  std::string pattern = approved.hosts.front();
  if (!approved.ports.empty()) pattern += ':' + std::to_string(approved.ports.front());
  return approved.id == approved_id(asking.id, pattern);
}

// The rule and, before it, what was approved of it.
void add_with_approved(std::vector<NetworkRule>& rules, const NetworkRule& rule, std::span<const NetworkRule> said) {
  if (rule.action == RuleAction::prompt)
    for (const auto& approved : said) {
      if (!is_approved_of(approved, rule)) continue;
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

Mode mode_of(const policy::SessionPlan& plan) {
  return plan.network.value == policy::Network::allow_all ? Mode::allow_all : Mode::proxy;
}

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
    const bool may_be_open = is_open(rule);
    for (const auto& host : hosts) {
      const auto covers = [&](const std::string& pattern) { return policy::covers(pattern, host); };
      if (may_be_open && std::ranges::any_of(rule.hosts, covers)) inspected.hosts.push_back(host);
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

std::vector<NetworkRule> with_secret_hosts_inspected(std::vector<NetworkRule> rules, Mode mode,
                                                     std::span<const std::string> patterns) {
  std::map<std::uint16_t, std::vector<std::string>> rest;  // what no rule names is allowed in mode allow_all
  const auto secrets = split_ports(patterns);
  for (const auto& secret : secrets) rest[secret.port].push_back(secret.host);
  std::vector<NetworkRule> result;
  for (auto& rule : rules) {
    std::map<std::uint16_t, std::vector<std::string>> inspected;
    for (const auto& secret : secrets) {
      if (!is_open(rule) || !allows_port(rule, secret.port)) continue;
      for (auto& host : common_hosts(rule, secret)) inspected[secret.port].push_back(std::move(host));
    }
    for (auto& [port, hosts] : inspected) {
      NetworkRule part = rule;
      part.inspect = true;
      part.hosts = std::move(hosts);
      part.ports = ports_of(rule, port);
      result.push_back(std::move(part));
    }
    result.push_back(std::move(rule));
  }
  if (mode != Mode::allow_all) return result;
  for (auto& [port, hosts] : rest) {
    NetworkRule part{.id = "secret-host"};
    part.hosts = std::move(hosts);
    part.ports = ports_of(part, port);
    part.inspect = true;
    result.push_back(std::move(part));
  }
  return result;
}

std::vector<std::string> secret_hosts(const policy::SessionPlan& plan) {
  std::vector<std::string> hosts;
  const auto add = [&](const policy::SecretRule& rule) {
    for (const auto& host : rule.hosts)
      if (std::ranges::find(hosts, host) == hosts.end()) hosts.push_back(host);
  };
  for (const auto& rule : plan.secrets) add(rule.value);
  for (const auto& rule : plan.tokens) add(rule.value.use);
  return hosts;
}

std::string policy_text(const policy::SessionPlan& plan, std::span<const NetworkRule> said_since,
                        std::span<const GitHost> git_hosts) {
  const Mode mode = mode_of(plan);
  auto rules = with_secret_hosts_inspected(network_rules(plan, said_since), mode, secret_hosts(plan));
  return to_json_text(mode, with_git_hosts_inspected(std::move(rules), mode, git_hosts), policy::limits_of(plan));
}

Result<NetworkRule> rule_said(RuleAction action, std::string_view pattern) {
  const auto canonical = TRY(policy::parse_domain_pattern(pattern));
  const auto parts = policy::parts_of(canonical);
  NetworkRule rule{.id = "session:" + canonical, .action = action};
  rule.hosts.push_back(host_of(parts));
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

#include "session/wanted_host.h"

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "gateway/plan_rules.h"
#include "policy/domain_pattern.h"

namespace bailey::session {
namespace {

constexpr std::uint16_t usual_ports[] = {0, 80, 443};

std::string member_of(const approval::Request& request, std::string_view name) {
  const json::Value* member = request.action.find(name);
  return member != nullptr && member->as_string() != nullptr ? *member->as_string() : std::string();
}

}  // namespace

Result<WantedHost> wanted_by_agent(std::string_view host) {
  return WantedHost{TRY(policy::parse_domain_pattern(host)), {}};
}

std::optional<WantedHost> wanted_by_rule(const gateway::Observation& seen) {
  if (!seen.asks || seen.rule.empty()) return std::nullopt;
  std::string host = seen.host;
  if (std::ranges::find(usual_ports, seen.port) == std::end(usual_ports)) host += ':' + std::to_string(seen.port);
  auto pattern = policy::parse_domain_pattern(host);
  if (!pattern) return std::nullopt;
  return WantedHost{std::move(*pattern), seen.rule};
}

// A pattern has no spaces.
std::string key_of(const WantedHost& wanted) {
  const std::string key = std::string(wanted_host_kind) + ' ' + wanted.pattern;
  return wanted.rule.empty() ? key : key + ' ' + wanted.rule;
}

WantedHost wanted_of(std::string_view key) {
  const auto rest = key.substr(std::min(key.size(), wanted_host_kind.size() + 1));
  const auto space = rest.find(' ');
  if (space == std::string_view::npos) return {std::string(rest), {}};
  return {std::string(rest.substr(0, space)), std::string(rest.substr(space + 1))};
}

approval::Request request_for(const WantedHost& wanted) {
  approval::Request request{.kind = std::string(wanted_host_kind),
                            .title = "let the session reach " + wanted.pattern,
                            .tier = 3,
                            .context = {{"host", wanted.pattern},
                                        {"yes", "until the session stops, like `bailey allow`"},
                                        {"session", "also when it is restarted"}},
                            .from_agent = {},
                            .risk = "whatever the agent can read, it can send there",
                            .view = {},
                            .remember = key_of(wanted),
                            .action = json::Object{{"domain", wanted.pattern}}};
  if (wanted.rule.empty()) return request;
  request.context.insert(request.context.begin() + 1, {"rule", visible(wanted.rule)});
  request.action.set("rule", wanted.rule);
  return request;
}

WantedHost wanted_of(const approval::Request& request) {
  return {member_of(request, "domain"), member_of(request, "rule")};
}

Result<policy::NetworkRule> rule_for(const WantedHost& wanted) {
  if (wanted.rule.empty()) return gateway::rule_said(policy::RuleAction::allow, wanted.pattern);
  return gateway::approved_rule(wanted.rule, wanted.pattern);
}

}  // namespace bailey::session

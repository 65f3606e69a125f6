// A host that the agent may not reach yet and a human is asked about: because the agent said so (`bailey request domain
// HOST`), or because a rule of the network wants it. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "approval/request.h"
#include "base/result.h"
#include "gateway/observer.h"
#include "policy/network_rule.h"

namespace bailey::session {

inline constexpr std::string_view wanted_host_kind = "domain";

struct WantedHost {
  std::string pattern;  // policy/domain_pattern.h
  std::string rule;     // id of the rule that asks; empty: the agent does
};

// An error says why that is no host.
[[nodiscard]] Result<WantedHost> wanted_by_agent(std::string_view host);
// nullopt: nobody is to be asked, or it has no name that could be allowed.
[[nodiscard]] std::optional<WantedHost> wanted_by_rule(const gateway::Observation& seen);

[[nodiscard]] std::string key_of(const WantedHost& wanted);
[[nodiscard]] WantedHost wanted_of(std::string_view key);
[[nodiscard]] approval::Request request_for(const WantedHost& wanted);
[[nodiscard]] WantedHost wanted_of(const approval::Request& request);

// What an approval adds to the network's policy.
[[nodiscard]] Result<policy::NetworkRule> rule_for(const WantedHost& wanted);

}  // namespace bailey::session

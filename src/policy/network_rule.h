// Rules and limits of the network as values. The layers of configuration produce them (network_rule_file.h,
// resolve_network.h), the gateway decides by them (gateway/network_policy.h).
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

namespace bailey::policy {

enum class RuleAction {
  allow,
  block,
  prompt
};  // prompt: refused, and a human is asked; what they allow counts from then on

struct NetworkRule {
  std::string id;  // "allowlist:*.npmjs.org", "user:example.com", or a [[rule]]'s own id
  // Names and domains (domain_pattern.h, without a port), addresses and ranges (address_range.h). Empty: every host,
  // for rules that block or prompt; a rule that allows allows nothing then.
  std::vector<std::string> hosts;
  std::vector<std::uint16_t> ports;  // empty: 80 and 443 for rules that allow, every port for the others
  std::vector<std::string> methods;  // empty: any. Else the connection is inspected
  std::vector<std::string> paths;    // globs (* within a segment, ** across); empty: any. Else inspected
  std::optional<std::uint64_t> upload_request_bytes_max;
  RuleAction action = RuleAction::allow;
  bool inspect = false;        // asked for by name
  bool allow_private = false;  // the upstream address may be one of the forbidden ranges
  bool allow_no_sni = false;   // TLS without SNI or with an encrypted ClientHello is accepted
  std::string reason;          // for the agent
  int tier = 0;                // for the audit log
};

struct NetworkLimits {
  std::uint64_t upload_request_bytes_max = std::uint64_t{10} << 20;
  std::uint64_t upload_session_bytes_max = std::uint64_t{50} << 20;
  std::uint32_t connections_max = 1024;
  std::uint32_t connections_per_host_max = 256;
  std::uint32_t requests_per_minute_per_host_max = 6000;
  std::uint32_t requests_per_minute_max = 20000;
  std::uint64_t bytes_per_second_max = 0;  // both directions together; 0: no limit
  std::uint32_t idle_seconds_max = 600;
  std::uint32_t header_seconds_max = 30;
};

// Of one rule.
inline constexpr std::size_t rule_id_bytes_max = 300;  // "allowlist:" and the longest pattern
inline constexpr std::size_t rule_reason_bytes_max = 400;
inline constexpr std::size_t rule_hosts_max = 500;
inline constexpr std::size_t rule_ports_max = 100;
inline constexpr std::size_t rule_methods_max = 20;
inline constexpr std::size_t rule_method_bytes_max = 20;
inline constexpr std::size_t rule_paths_max = 100;
inline constexpr std::size_t rule_path_bytes_max = 256;
inline constexpr int rule_tier_max = 5;
// Of a session: the default list, ten thousand of the user's and some room.
inline constexpr std::size_t network_rules_max = 20'000;

}  // namespace bailey::policy

// The network policy of a session as a value, and what it says about a connection or a request.
//
// How it works. Rules are in order, first match wins: the administrator's, then what the user said while the session
// runs (bailey allow|deny), then flags, user file, project file, the manifest's hosts, the default list. A host is
// looked up by its suffixes in a hash index, so ten rules or ten thousand cost the same. What no rule matches is
// refused in mode proxy and allowed in mode allow_all. Pure: no I/O; the same text gives the same decision.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/authority.h"

namespace bailey::gateway {

enum class Mode { proxy, allow_all };
enum class RuleAction { allow, block, prompt };  // prompt: refused until a human can be asked

struct NetworkRule {
  std::string id;                      // "allowlist:*.npmjs.org", "user:example.com", or a [[rule]]'s own id
  std::vector<std::string> hosts;      // patterns (host_pattern.h); an address or a range (10.0.0.0/8) names literals
  std::vector<std::uint16_t> ports;    // empty: 80 and 443
  std::vector<std::string> methods;    // empty: any. Else the connection is inspected
  std::vector<std::string> paths;      // globs (* within a segment, ** across); empty: any. Else inspected
  std::optional<std::uint64_t> upload_request_bytes_max;
  RuleAction action = RuleAction::allow;
  bool inspect = false;                // asked for by name
  bool allow_private = false;          // the upstream address may be one of the forbidden ranges
  bool allow_no_sni = false;           // TLS without SNI or with an encrypted ClientHello is accepted
  std::string reason;                  // for the agent
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

enum class Route { tunnel, inspect };

struct Verdict {
  RuleAction action = RuleAction::block;
  Route route = Route::tunnel;
  std::string rule;    // the id; "default" when none matched
  std::string reason;  // one sentence for the agent; empty when allowed
  bool allow_private = false;
  bool allow_no_sni = false;
  bool names_port = false;  // the rule lists the port: other protocols than TLS and HTTP may be spoken there
  std::uint64_t upload_request_bytes_max = 0;
  [[nodiscard]] bool allowed() const { return action == RuleAction::allow; }
};

class NetworkPolicy {
 public:
  NetworkPolicy(Mode mode, std::vector<NetworkRule> rules, NetworkLimits limits);
  NetworkPolicy(NetworkPolicy&&) noexcept;
  NetworkPolicy& operator=(NetworkPolicy&&) noexcept;
  ~NetworkPolicy();

  // May this name be resolved at all? (Some rule allows some port of it.)
  [[nodiscard]] Verdict decide_name(std::string_view host) const;
  // May a connection be made? Rules with methods or paths answer allow with Route::inspect here.
  [[nodiscard]] Verdict decide(const Authority& authority) const;
  // May this request be sent? `path` without the query, percent-encoding as sent.
  [[nodiscard]] Verdict decide(const Authority& authority, std::string_view method, std::string_view path) const;

  [[nodiscard]] Mode mode() const;
  [[nodiscard]] const NetworkLimits& limits() const;

 private:
  struct Index;
  std::unique_ptr<Index> index_;
};

// The form in which the supervisor hands it to the gateway (and `--dry-run --json` shows it): one JSON object.
[[nodiscard]] std::string to_json_text(Mode mode, const std::vector<NetworkRule>& rules, const NetworkLimits& limits);
[[nodiscard]] Result<NetworkPolicy> policy_from_json(std::string_view text);

}  // namespace bailey::gateway

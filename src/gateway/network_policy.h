// The network policy of a session as a value, and what it says about a connection or a request.
//
// How it works. Rules are in order, first match wins: the administrator's, then what the user said while the session
// runs (bailey allow|deny), then flags, user file, project file, the manifest's hosts, the default list. A host is
// looked up by its suffixes in a hash index, so ten rules or ten thousand cost the same. What no rule matches is
// refused in mode proxy and allowed in mode allow_all. Literals need a rule that names the address or its range; in
// mode allow_all only those that are not of the internet do, and such a rule must have allow_private. Paths are
// compared in their normal form; one that has none (dot segments, empty segments, an encoded slash) is refused as soon
// as a rule with paths would have to look at it. Pure: no I/O; the same text gives the same decision.
#pragma once

#include <cstdint>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "gateway/authority.h"
#include "policy/network_rule.h"

namespace bailey::gateway {

enum class Mode { proxy, allow_all };
using policy::NetworkLimits;
using policy::NetworkRule;
using policy::RuleAction;

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

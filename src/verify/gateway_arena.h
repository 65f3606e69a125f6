// A sandbox of a session with a network, and the gateway that the session would have, for acts that try to get past it.
//
// The gateway's policy can be exchanged: the control of an act is the same act in the same sandbox under a policy that
// names its target. A sandbox that an act has brought down has no gateway when it is launched anew: the controls fail
// then, and no row is green by mistake. The gateway connects directly, whatever proxy the host has to use.
#pragma once

#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "base/clock.h"
#include "event/loop.h"
#include "sandbox/refused_traffic.h"
#include "session/gateway_process.h"
#include "verify/arena.h"

namespace bailey::verify {

// Names that lead to this machine's loopback, for this gateway only: "anything.bailey-verify.test".
inline constexpr std::string_view arena_domain = "bailey-verify.test";

class GatewayArena {
 public:
  // `subject` has a gateway_policy. `hosts`: labels below arena_domain.
  [[nodiscard]] static Result<std::unique_ptr<GatewayArena>> open(const Subject& subject, const Options& options,
                                                                  const Fixture& fixture, const std::string& name,
                                                                  const std::vector<std::string>& hosts);
  // What the gateway keeps of secrets from now on (credentials/keep.h).
  [[nodiscard]] Status keep(const std::string& text);
  // Under that policy, as Arena::run().
  [[nodiscard]] Result<Trial> run(const std::string& policy, std::string_view act,
                                  const std::vector<std::string>& arguments, Surroundings& around);
  // Was anything refused in the last run that the session's log would tell? Waits a moment for it.
  [[nodiscard]] Logged logged();

 private:
  GatewayArena() = default;
  [[nodiscard]] sandbox::RefusedTraffic refused_by_rules() const;

  SystemClock clock_;
  std::unique_ptr<event::Loop> loop_;
  std::unique_ptr<session::GatewayProcess> gateway_;
  std::string failure_;  // why the gateway has ended
  int refusals_ = 0;     // told by the gateway in this run
  sandbox::RefusedTraffic refused_before_{};
  std::optional<Arena> arena_;
};

}  // namespace bailey::verify

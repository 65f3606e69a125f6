// The rows of what leaves by the network: scenarios 3 (theft), 6 (lateral movement) and 10 (theft through what is
// allowed), in every network mode.
//
// How it works. An attack is an act that goes for a server of ours on the host's loopback: by a name that only this
// gateway knows, by its address, or by datagrams. With a network it runs under the session's own policy (or, where the
// attack is on a rule, under a policy with just that rule) and must be refused and logged; the control is the same act
// in the same sandbox under a policy that allows it. What stands in for a secret must not leave even where everything
// is allowed: there the gateway has a secret that nobody else has, and in the control none. Without a network it runs
// in the sandbox of the other rows, and the control in one that has a gateway.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "verify/cases.h"
#include "verify/controls.h"
#include "verify/gateway_arena.h"
#include "verify/report.h"

namespace bailey::verify {

using Progress = std::function<void(std::string_view act)>;

// What the gateway keeps of secrets while an act runs: in a control, nothing.
enum class Keeps { nothing, stand_in };

struct NetworkAttack {
  std::string row;
  const Act* act = nullptr;
  int scenario = 0;
  std::vector<std::string> arguments;
  std::string policy;          // that it must fail under; empty: the session's own
  std::string control_policy;  // that it must succeed under
  Keeps keeps = Keeps::nothing;
};
// Pure. Those that the mode means to allow are left out.
[[nodiscard]] std::vector<NetworkAttack> network_attacks(std::string_view mode, const Listeners& listeners);
// The labels below arena_domain that they use.
[[nodiscard]] std::vector<std::string> attacked_hosts();

// Errors as Arena::run(). In modes with a gateway.
[[nodiscard]] Result<std::vector<Row>> gateway_rows(GatewayArena& arena, const Subject& subject,
                                                    const std::vector<Case>& cases, const Controls& controls,
                                                    Surroundings& around, const Progress& progress);
// In mode restricted: `closed` is the session's sandbox, `open` one with a gateway, or why there is none.
[[nodiscard]] Result<std::vector<Row>> closed_rows(Arena& closed, const Result<std::unique_ptr<GatewayArena>>& open,
                                                   Surroundings& around, const Progress& progress);

}  // namespace bailey::verify

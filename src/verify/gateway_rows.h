// The rows of a session with a network: what its gateway keeps out.
#pragma once

#include <functional>
#include <string_view>
#include <vector>

#include "verify/cases.h"
#include "verify/controls.h"
#include "verify/gateway_arena.h"
#include "verify/report.h"

namespace bailey::verify {

// Tried: a port of a machine outside (scenario 6) and datagrams (3). Not tried: names, and what is sent to hosts that
// the policy allows (10). An error as Arena::run().
[[nodiscard]] Result<std::vector<Row>> gateway_rows(GatewayArena& arena, const Subject& subject,
                                                    const std::vector<Case>& cases, const Controls& controls,
                                                    Surroundings& around,
                                                    const std::function<void(std::string_view act)>& progress);

}  // namespace bailey::verify

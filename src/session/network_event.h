// What the gateway saw, and what never got to it, as lines of the audit log: pure.
#pragma once

#include "audit/event.h"
#include "gateway/observer.h"
#include "sandbox/refused_traffic.h"

namespace bailey::session {

[[nodiscard]] audit::Event network_event(const gateway::Observation& seen);
// `count` packets of a kind of refused_kinds, since the last such event.
[[nodiscard]] audit::Event refused_traffic_event(std::string_view protocol, const sandbox::TrafficCount& count);

}  // namespace bailey::session

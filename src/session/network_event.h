// What the gateway saw as a line of the audit log: pure.
#pragma once

#include "audit/event.h"
#include "gateway/observer.h"

namespace bailey::session {

[[nodiscard]] audit::Event network_event(const gateway::Observation& seen);

}  // namespace bailey::session

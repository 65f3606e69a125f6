// What a broker did, as an audit event.
#pragma once

#include "audit/event.h"
#include "broker/event.h"

namespace bailey::session {

// Category credential: git_get, ssh_sign or commit_sign. Never a value.
[[nodiscard]] audit::Event broker_event(const broker::Event& said);

}  // namespace bailey::session

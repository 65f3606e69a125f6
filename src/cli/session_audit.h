// A line in the audit log of a session for what a command did with what came out of it. The session may have ended: the
// log is written by whoever has something to say (audit/writer.h).
#pragma once

#include "audit/event.h"
#include "base/result.h"
#include "cli/found_session.h"

namespace bailey::cli {

[[nodiscard]] Status record_events(const FoundSession& found, const std::vector<audit::Event>& events);

}  // namespace bailey::cli

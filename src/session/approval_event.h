// What happens to approvals, as audit events and as words for people.
#pragma once

#include <string>

#include "approval/queue.h"
#include "audit/event.h"

namespace bailey::session {

// Category approval. Never what the agent wrote: number, kind, title, key and who answered.
[[nodiscard]] audit::Event approval_event(approval::Step step, const approval::Entry& entry);
[[nodiscard]] audit::Event revoked_event(const approval::Remembered& revoked);
[[nodiscard]] audit::Event performed_event(const approval::Entry& entry);

// "request 7 waits for an answer: push …; bailey approvals show 7"
[[nodiscard]] std::string waiting_text(const approval::Entry& entry);
// "request 7 was approved (bailey approvals): push …"
[[nodiscard]] std::string decided_text(const approval::Entry& entry);

}  // namespace bailey::session

#include "session/approval_event.h"

namespace bailey::session {
namespace {

audit::Name action_of(approval::Step step) {
  switch (step) {
    case approval::Step::asked:
      return "asked";
    case approval::Step::approved:
      return "approved";
    case approval::Step::denied:
      return "denied";
    case approval::Step::expired:
      return "expired";
    case approval::Step::remembered:
      return "remembered";
  }
  return "asked";
}

audit::Decision decision_of(approval::State state) {
  switch (state) {
    case approval::State::pending:
      return audit::Decision::prompt;
    case approval::State::approved:
      return audit::Decision::approved;
    case approval::State::denied:
      return audit::Decision::denied;
    case approval::State::expired:
      return audit::Decision::expired;
  }
  return audit::Decision::denied;
}

audit::Event event_about(const approval::Entry& entry, audit::Name action) {
  audit::Event event{.level = audit::Level::notice,
                     .category = audit::Category::approval,
                     .action = action,
                     .tier = static_cast<audit::Tier>(entry.request.tier),
                     .decision = decision_of(entry.answer.state),
                     .rule = {},
                     .subject = {}};
  event.subject.add("id", entry.id).add("kind", entry.request.kind).add("title", entry.request.title);
  return event;
}

std::string numbered(const approval::Entry& entry) { return "request " + std::to_string(entry.id); }

}  // namespace

audit::Event approval_event(approval::Step step, const approval::Entry& entry) {
  audit::Event event = event_about(entry, action_of(step));
  if (step == approval::Step::asked) event.subject.add("expires", to_rfc3339(entry.expires));
  else event.subject.add("by", entry.answer.by).add("scope", to_string(entry.answer.scope));
  if (!entry.request.remember.empty()) event.subject.add("key", entry.request.remember);
  return event;
}

audit::Event revoked_event(const approval::Remembered& revoked) {
  audit::Event event{.level = audit::Level::notice,
                     .category = audit::Category::approval,
                     .action = "revoked",
                     .tier = audit::Tier::decided,
                     .decision = audit::Decision::denied,
                     .rule = {},
                     .subject = {}};
  event.subject.add("id", revoked.id).add("kind", revoked.kind).add("key", revoked.key);
  return event;
}

audit::Event performed_event(const approval::Entry& entry) {
  audit::Event event = event_about(entry, "performed");
  const bool failed = entry.outcome == approval::Outcome::failed;
  event.subject.add("failed", failed);
  if (failed) event.level = audit::Level::warning;
  if (!entry.outcome_text.empty()) event.subject.add("outcome", entry.outcome_text);
  return event;
}

std::string waiting_text(const approval::Entry& entry) {
  return numbered(entry) + " waits for an answer: " + entry.request.title + "; bailey approvals show " +
         std::to_string(entry.id);
}

std::string decided_text(const approval::Entry& entry) {
  return numbered(entry) + " was " + std::string(to_string(entry.answer.state)) + " (" + entry.answer.by +
         "): " + entry.request.title;
}

}  // namespace bailey::session

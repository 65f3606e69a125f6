// Approvals of all sessions of the user, for people and for scripts: read from the sessions' files, whether or not
// their supervisors live.
#pragma once

#include <string>
#include <vector>

#include "approval/entry.h"
#include "session/registry.h"

namespace bailey::session {

struct ApprovalsOverview {
  std::vector<approval::Entry> entries;  // by id
  struct Choice {
    std::string session;
    approval::Remembered remembered;
  };
  std::vector<Choice> choices;
  std::vector<std::string> damaged;  // files that can't be read
};
[[nodiscard]] ApprovalsOverview approvals_of(const std::vector<SessionEntry>& sessions);
// How many wait for an answer now.
[[nodiscard]] std::size_t waiting_approvals(const SessionEntry& session, WallTime now);

enum class Shown { waiting, all };

// "N  STATE  AGE  EXPIRES  SESSION  KIND  TITLE", and what is remembered.
[[nodiscard]] std::string approvals_table(const ApprovalsOverview& overview, Shown shown, WallTime now);
// [{id, session, kind, title, state, tier, created, expires}]
[[nodiscard]] std::string approvals_json(const ApprovalsOverview& overview, WallTime now);
// [{session, key, kind, state, id, since}]
[[nodiscard]] std::string choices_json(const ApprovalsOverview& overview);
// One, with everything. The JSON adds context (an object: label to text, number, or a list of them), from_agent, risk,
// view, remember, decided, scope, by, outcome, outcome_text.
[[nodiscard]] std::string approval_text(const approval::Entry& entry, WallTime now);
[[nodiscard]] std::string approval_json(const approval::Entry& entry, WallTime now);

}  // namespace bailey::session

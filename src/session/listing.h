// `bailey ls`: the table for people and the JSON for scripts, as pure functions.
#pragma once

#include <chrono>
#include <string>
#include <vector>

#include "session/registry.h"

namespace bailey::session {

// Running, or waiting for somebody: interrupted, with work that has not landed, or damaged. The rest needs --all.
[[nodiscard]] bool is_shown_by_default(const SessionEntry& entry);

// Columns NAME AGENT BRANCH STATUS AGE LIMITS NETWORK, a newline after each line, and a line below for each thing to
// know (damage, errors, degraded modes). Whatever came from a file goes through visible().
[[nodiscard]] std::string render_table(const std::vector<SessionEntry>& entries, WallTime now);
// An array of the records, each with "live", "directory" and, if damaged, "damage".
[[nodiscard]] std::string render_json(const std::vector<SessionEntry>& entries);

// "5s", "3m", "2h", "4d"; a clock that went backwards gives "0s".
[[nodiscard]] std::string short_age(std::chrono::microseconds age);

}  // namespace bailey::session

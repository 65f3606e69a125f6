// From a plan to a running supervisor: repository, branch, name, in this order; nothing on the host changes before all
// of them are certain.
#pragma once

#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "cli/command.h"
#include "policy/plan.h"
#include "session/supervisor.h"

namespace bailey::cli {

// The caller's variables.
[[nodiscard]] std::vector<std::pair<std::string, std::string>> host_environment();

struct StartOptions {
  git::Consent consent = git::Consent::ask;
  // Puts a question to the user; false when there is nobody to ask.
  std::function<bool(const std::string& question)> ask;
  // Called when all questions are answered, before the session exists: from here on it has to be finished.
  std::function<void()> begin = [] {};
  session::IoKind io = session::IoKind::pipes;
  session::WindowSize size;
};

// A claimed session, ready for its supervisor.
struct PreparedSession {
  session::Registry registry;
  session::SuperviseRequest request;
};
[[nodiscard]] Result<PreparedSession> prepare_session(const policy::SessionPlan& plan, const StartOptions& options,
                                                      const os::UserDirectories& user);

struct StartedSession {
  std::string name;
  std::string branch;
  Fd connection;
};
// An ended or interrupted session again: with its command, or only to save what it left.
[[nodiscard]] Result<StartedSession> start_again(const session::Registry& registry, const session::SessionEntry& entry,
                                                 session::SuperviseMode mode, session::IoKind io,
                                                 session::WindowSize size, const os::UserDirectories& user);

}  // namespace bailey::cli

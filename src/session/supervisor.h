// The supervisor: one process a session, which holds its policy, its state and its audit log, and outlives every
// terminal.
//
// How it works. It is forked off the client, which waits at the terminal; from then on client and supervisor talk over
// the control socket only. The stages of a session are methods of Supervisor, in order: open the log, prepare the
// workspace, launch the sandbox, start the command; then one event loop until the command has ended; then kill what is
// left, save the work inside the sandbox, wait for the landing, take everything down, write the last record and tell
// the viewers. Killed at any moment it loses nothing: the sandbox dies with it (PDEATHSIG, pid namespace), the
// workspace is on disk, and the next command on the session runs the same stages in mode `recover`, without a command.
//
// What it relies on. The registry's lock, which the kernel drops when it dies; a session directory that nothing inside
// a sandbox can reach.
#pragma once

#include <functional>
#include <span>
#include <string>

#include "base/clock.h"
#include "broker/description.h"
#include "git/branches.h"
#include "os/user.h"
#include "policy/git_rule.h"
#include "policy/network_rule.h"
#include "session/command_io.h"
#include "session/keeper.h"
#include "session/registry.h"
#include "session/session_spec.h"

namespace bailey::session {

enum class SuperviseMode {
  start,    // prepare the workspace, run the command, save
  restart,  // the workspace exists: run the command, save
  recover,  // the workspace exists: only save
};

struct SuperviseRequest {
  SuperviseMode mode = SuperviseMode::start;
  Claim claim;
  SessionRecord record;
  SessionSpec spec;
  os::UserDirectories user;
  IoKind io = IoKind::pipes;
  WindowSize size;
  workspace::Request workspace;  // for mode start
  std::vector<std::pair<std::string, std::string>> host_environment;
  std::string path_variable;
  std::string program;             // our own executable, for the git services
  std::string helpers;             // directory with bailey-init and the guest's programs
  std::vector<std::string> notes;  // from the plan, for the user
  // The policy for the gateway, from the configuration as it is now; `said` is what was said to this session. Empty: no
  // network.
  std::function<Result<std::string>(std::span<const policy::NetworkRule> said)> network_policy;
  std::string first_policy;  // what it says now, where that is known already
  CredentialPlan credentials;
  std::vector<policy::GitRule> git_rules;  // for pushes to remotes and fetches from them
  broker::Description brokers;             // rules, the user's name, how they sign; the supervisor adds the rest
};

// Turns the calling process into the supervisor: it leaves its terminal and leads a session of its own. `client` is the
// supervisor's end of a control connection.
[[noreturn]] void supervise(const Registry& registry, SuperviseRequest request, Fd client);
// Does so in a child. Returns our end of the connection.
[[nodiscard]] Result<Fd> start_supervisor(const Registry& registry, SuperviseRequest request);

}  // namespace bailey::session

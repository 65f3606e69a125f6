// start.json: all that a supervisor needs to run a session again (restart, recovery after a kill) without asking the
// configuration or the repository anew: the workspace that exists is the one that is used.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/limits.h"
#include "workspace/workspace.h"

namespace bailey::session {

struct SessionSpec {
  std::vector<std::string> argv;
  std::vector<std::pair<std::string, std::string>> manifest_environment;
  std::vector<std::string> passed_variables;  // names only: values come from the environment of whoever starts it
  std::vector<std::string> extra_paths;       // granted, read-only
  std::string seccomp_profile;                // path of a granted profile; empty: bailey's own
  bool gpu = false;
  bool push = true;
  sandbox::LimitValues limits;
  std::uint64_t audit_bytes_max = 0;
  std::string approvals;               // "queue" or "deny": what becomes of a request that nobody can see
  std::uint64_t approval_seconds = 0;  // until a request expires; 0: the default
  // What the network's policy is made from again at a restart; empty `network`: none.
  std::string network;  // --network as in force
  std::string profile;
  std::vector<std::string> allow_domains;  // --allow-domain
  std::string host_git_dir;                // where work lands; empty: no host repository
  workspace::Prepared workspace;
};

// The remotes that the session may use through the guard: those of the workspace, or of one that was cloned inside, the
// address that it was cloned from (guest/clone.h).
[[nodiscard]] std::vector<git::GuardedRemote> guarded_remotes(const SessionSpec& spec);

[[nodiscard]] Status save_spec(const std::string& session_directory, const SessionSpec& spec);
[[nodiscard]] Result<SessionSpec> load_spec(const std::string& session_directory);

}  // namespace bailey::session

// `bailey verify`: shows on this machine that the sandbox holds, by attacking it.
//
// How it works: it launches the sandbox that `bailey run` would launch, with the same parts, over a workspace, secrets,
// logs and listeners made for the purpose, and runs every escape act (acts/act.h) in it, one process an act. Each act
// that is refused runs once more where only its layer is off, and must succeed there: an act that fails everywhere
// proves nothing. What must work inside is tried too, so that a sandbox in which nothing works is not green.
// The acts run without a network; for a session that has one a second sandbox with its gateway is tried
// (gateway_rows.h). What an agent pushes, and what the review says of it, is tried without a sandbox (branch_rows.h).
// Relies on: bailey-init, bailey-probe and bailey-gateway beside each other.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/user.h"
#include "sandbox/limits.h"
#include "verify/report.h"

namespace bailey::verify {

// The part of a session's plan that decides how its sandbox is built.
struct Subject {
  std::string network;         // the mode's word
  std::string gateway_policy;  // gateway/plan_rules.h; empty: the session has no network
  sandbox::LimitValues limits;
  std::string seccomp_profile;           // host path of an OCI profile; empty: the built-in one
  std::vector<std::string> extra_paths;  // granted read-only
  std::vector<std::string> devices;      // granted device nodes
};

struct Options {
  os::UserDirectories user;
  std::string helpers;                                 // holds bailey-init, bailey-probe and bailey-gateway
  std::string path_variable;                           // the invoking user's PATH
  std::function<void(std::string_view act)> progress;  // called before each act; may be empty
};

// An error: the sandbox could not be started at all. Everything that was made is removed again in any case, also when
// a signal asks for the end (signals.h).
[[nodiscard]] Result<Report> verify(const Subject& subject, const Options& options);

}  // namespace bailey::verify

// What the subcommands share. One file a subcommand (cmd_<name>.cc) with two functions: one that describes it to CLI11
// and one that runs it.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "os/user.h"
#include "policy/flags.h"
#include "session/registry.h"

namespace CLI {
class App;
}

namespace bailey::cli {

inline constexpr int exit_usage = 2;
inline constexpr int exit_not_started = 125;  // bailey failed before the command ran

// Each adds its subcommand; `chosen` is filled with what to run when the user picks it.
using Action = std::function<int()>;
// `after_dashes`: what stood after "--", word for word; outlives the action.
void add_run(CLI::App& app, Action& chosen, const std::vector<std::string>& after_dashes);
void add_sessions(CLI::App& app, Action& chosen,
                  const std::vector<std::string>& after_dashes);  // attach, exec, stop, rm, restart, ls, logs
void add_apply(CLI::App& app, Action& chosen);
void add_discard(CLI::App& app, Action& chosen);
void add_export(CLI::App& app, Action& chosen);
void add_checkpoint(CLI::App& app, Action& chosen);  // checkpoint, undo
void add_audit(CLI::App& app, Action& chosen);
void add_approvals(CLI::App& app, Action& chosen);
void add_secrets(CLI::App& app, Action& chosen);
void add_trust(CLI::App& app, Action& chosen);
void add_review(CLI::App& app, Action& chosen);
void add_policy(CLI::App& app, Action& chosen);
void add_verify(CLI::App& app, Action& chosen);
void add_doctor(CLI::App& app, Action& chosen);
void add_completions(CLI::App& app, Action& chosen);

// To stderr, at most three lines; returns `status`.
int report(const Error& error, int status = 1);

[[nodiscard]] Result<os::UserDirectories> user();
[[nodiscard]] Result<session::Registry> registry();

// Where our helper programs are: beside us in a build tree, ../lib/bailey in an installed one.
struct Installation {
  std::string program;
  std::string helpers;  // holds bailey-init, bailey-probe and guest/
};
[[nodiscard]] Result<Installation> installation();

// The flags that decide a session's plan, shared by run and verify.
struct PlanFlags {
  policy::Flags flags;
  bool no_push = false;
  bool gpu = false;
  bool use_current_branch = false;
  bool detach = false;
};
void add_plan_flags(CLI::App& command, PlanFlags& flags);
[[nodiscard]] policy::Flags finished(const PlanFlags& flags);

}  // namespace bailey::cli

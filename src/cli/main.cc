// bailey: the command line. Each subcommand lives in its own cmd_<name>.cc; this file only finds the one that was
// meant.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <csignal>
#include <cstdio>
#include <cstring>
#include <span>

#include "cli/command.h"
#include "cli/performers.h"
#include "cli/push_findings.h"
#include "git/confine.h"
#include "git/service.h"
#include "session/checkpoint_service.h"

namespace bailey::cli {
namespace {

// Everything after the first "--" is the sandboxed command, word for word: CLI11 must not look at it.
struct Split {
  std::vector<std::string> ours;
  std::vector<std::string> command;
};
Split split_at_dashes(std::span<char*> arguments) {
  Split result;
  std::size_t i = 0;
  for (; i < arguments.size() && std::strcmp(arguments[i], "--") != 0; ++i) result.ours.emplace_back(arguments[i]);
  for (++i; i < arguments.size(); ++i) result.command.emplace_back(arguments[i]);
  return result;
}

// Without destructors: the kernel takes a process apart faster than it does itself.
[[noreturn]] void leave(int status) {
  (void)std::fflush(nullptr);
  ::_exit(status);
}

[[noreturn]] void run(std::span<char*> arguments) {
  CLI::App app("bailey: AI coding agents at work without prompts, and no way for them to hurt you", "bailey");
  app.set_version_flag("--version", "bailey " BAILEY_VERSION);
  app.require_subcommand(1);
  app.footer(
      "Start with `bailey run shell . -- make test`, `bailey doctor`, `bailey verify`; `bailey COMMAND --help` "
      "teaches.");
  app.option_defaults()->group("Options");
  Action chosen;
  const Split split = split_at_dashes(arguments);
  add_run(app, chosen, split.command);
  add_sessions(app, chosen, split.command);
  add_apply(app, chosen);
  add_discard(app, chosen);
  add_export(app, chosen);
  add_checkpoint(app, chosen);
  add_audit(app, chosen);
  add_review(app, chosen);
  add_approvals(app, chosen);
  add_policy(app, chosen);
  add_secrets(app, chosen);
  add_trust(app, chosen);
  add_verify(app, chosen);
  add_doctor(app, chosen);
  add_completions(app, chosen);
  std::vector<std::string> reversed(split.ours.rbegin(), split.ours.rend());
  try {
    app.parse(std::move(reversed));
  } catch (const CLI::ParseError& error) {
    const int status = app.exit(error);
    if (status == 0) leave(0);
    // Commands that stand for a command of the user's keep 1 … 123 for that one.
    const std::string word = split.ours.empty() ? std::string() : split.ours.front();
    leave(word == "run" || word == "exec" || word == "attach" || word == "restart" ? exit_not_started : exit_usage);
  }
  leave(chosen ? chosen() : exit_usage);
}

}  // namespace
}  // namespace bailey::cli

int main(int argc, char** argv) {
  const std::span<char*> arguments(argv + 1, static_cast<std::size_t>(argc > 0 ? argc - 1 : 0));
  ::signal(SIGPIPE, SIG_IGN);
  // Not for people: a process of the supervisor's for one connection of the guest (git/service.h).
  if (!arguments.empty() && std::strcmp(arguments[0], "__git") == 0) {
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    return bailey::git::service_main(rest, bailey::git::landlock_confiner(), bailey::cli::push_review());
  }
  // Nor this: what was approved while nobody waited for it (approval/performer.h).
  if (!arguments.empty() && std::strcmp(arguments[0], "__perform") == 0) {
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    return bailey::cli::perform_main(rest);
  }
  // Likewise: a checkpoint is read or brought back (session/checkpoint_service.h).
  if (!arguments.empty() && std::strcmp(arguments[0], "__checkpoint") == 0) {
    const std::vector<std::string> rest(arguments.begin() + 1, arguments.end());
    return bailey::session::checkpoint_service_main(rest);
  }
  bailey::cli::run(arguments);
}

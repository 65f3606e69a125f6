// bailey run: start a session and attach to it.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/attend.h"
#include "cli/command.h"
#include "cli/fork_start.h"
#include "cli/plan.h"
#include "cli/source_url.h"
#include "cli/start.h"
#include "cli/token_sweep.h"
#include "gateway/network_policy.h"
#include "gateway/plan_rules.h"
#include "json/write.h"
#include "os/files.h"
#include "policy/render.h"

namespace bailey::cli {
namespace {

struct RunOptions {
  PlanFlags plan;
  std::string agent = "shell";
  std::string repository;
  std::vector<std::string> command;
  bool yes = false;
  bool dry_run = false;
  bool json = false;
  bool verbose = false;
};

bool ask(const std::string& question) {
  if (::isatty(0) == 0 || ::isatty(2) == 0) return false;
  std::fprintf(stderr, "%s [y/N] ", visible(question).c_str());
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "Y" || answer == "yes");
}

int print_plan(const policy::SessionPlan& plan, bool as_json) {
  if (as_json) std::printf("%s\n", json::write(policy::to_json(plan), json::Layout::indented).c_str());
  else std::fputs(policy::to_text(plan).c_str(), stdout);
  return 0;
}

// A repository on the network is cloned by the session itself, through its gateway: on the host there is only an empty
// directory that it is named after.
Result<policy::SessionPlan> clone_plan(PlanRequest request, const SourceUrl& source, const os::UserDirectories& user) {
  request.repository = os::join(os::join(user.cache, "sources"), source.name);
  TRY_STATUS(os::make_directories(request.repository));
  auto plan = TRY(make_plan(request, user));
  if (plan.network.value == policy::Network::restricted)
    return fail("clone '" + source.url + "'", "the session has no network", "leave out --network restricted");
  // Whoever names a repository means its host; a rule that allows it already may say more (a private address).
  const auto rules = TRY(gateway::policy_from_json(gateway::policy_text(plan)));
  if (!rules.decide({.host = source.host, .port = source.port}).allowed()) {
    request.flags.allow_domains.push_back(source.host + ":" + std::to_string(source.port));
    plan = TRY(make_plan(request, user));
  }
  plan.argv.insert(plan.argv.begin(), {"/run/bailey/bin/bailey", "clone", source.url, "--"});
  return plan;
}

Result<policy::SessionPlan> plan_of(const RunOptions& options, const os::UserDirectories& user) {
  PlanRequest request{options.agent, options.repository, options.command, finished(options.plan)};
  if (const auto source = TRY(parse_source(options.repository))) return clone_plan(std::move(request), *source, user);
  return make_plan(request, user);
}

// Plans the session and becomes its supervisor; returns only when it can't.
int plan_and_supervise(const RunOptions& options, const os::UserDirectories& directories, Fd connection,
                       const Introduce& introduce) {
  const auto plan = plan_of(options, directories);
  if (!plan) return report(plan.error(), exit_not_started);
  const Stay stay = plan->attach.value == policy::Attach::no ? Stay::detached : Stay::attached;
  const StartOptions start{.consent = options.yes ? git::Consent::given : git::Consent::ask,
                           .ask = ask,
                           .begin = leave_parent,
                           .io = stay == Stay::detached ? session::IoKind::terminal : io_of_caller(),
                           .size = window_of_caller()};
  auto prepared = prepare_session(*plan, start, directories);
  if (!prepared) return report(prepared.error(), exit_not_started);
  introduce({prepared->request.claim.name, prepared->request.record.branch, stay});
  session::supervise(prepared->registry, std::move(prepared->request), std::move(connection));
}

// The session's name is what a script wants; a failed start is told by the status request.
int leave_detached(const RunOptions& options, StartedApart started) {
  const auto answer =
      session::request(std::move(started.connection), session::StatusRequest{}, [](const std::string&) {});
  if (!answer) return report(answer.error(), exit_not_started);
  const std::string& name = started.introduction.session;
  const auto entry = registry()->read(name);
  if (entry.record.status == session::SessionStatus::failed)
    return report({"start the session", entry.record.last_error, {}, 0}, exit_not_started);
  if (options.json) {
    json::Value value;
    value.set("session", name);
    value.set("branch", started.introduction.branch);
    std::printf("%s\n", json::write(value).c_str());
  } else {
    std::printf("%s\n", name.c_str());
  }
  return 0;
}

int run(const RunOptions& options) {
  const auto directories = user();
  if (!directories) return report(directories.error(), exit_not_started);
  if (options.dry_run) {
    const auto plan = plan_of(options, *directories);
    return plan ? print_plan(*plan, options.json) : report(plan.error(), exit_not_started);
  }
  sweep_tokens_later(*directories);
  auto outcome = start_apart([&](Fd connection, const Introduce& introduce) {
    return plan_and_supervise(options, *directories, std::move(connection), introduce);
  });
  if (!outcome) return report(outcome.error(), exit_not_started);
  if (const int* status = std::get_if<int>(&*outcome)) return *status;
  auto& started = std::get<StartedApart>(*outcome);
  const auto& [name, branch, stay] = started.introduction;
  if (options.verbose || ::isatty(2) != 0)
    std::fprintf(stderr, "bailey: session %s, branch %s\n", name.c_str(), visible(branch).c_str());
  if (stay == Stay::detached) return leave_detached(options, std::move(started));
  return attend(std::move(started.connection), name,
                session::Attach{window_of_caller(), io_of_caller() == session::IoKind::terminal, false});
}

}  // namespace

void add_run(CLI::App& app, Action& chosen, const std::vector<std::string>& after_dashes) {
  auto options = std::make_shared<RunOptions>();
  CLI::App* command =
      app.add_subcommand("run", "start an agent (or any command) in a sandbox, on a copy of a repository");
  command->footer(
      "Examples:\n"
      "  bailey run claude                       in the repository here, on branch claude/session-1\n"
      "  bailey run claude ~/src/app -b fix-42   on branch claude/fix-42\n"
      "  bailey run claude https://github.com/me/app     on a fresh clone, made inside the sandbox\n"
      "  bailey run shell . -- make test         one command; its exit status is bailey's\n"
      "Detach with ctrl-b d. Work lands on the branch when the session ends. Exit status: the command's own;\n"
      "124 stopped, 125 bailey failed, 126/127 as in shells, 128+n by signal n.");
  command->add_option("agent", options->agent,
                      "claude, codex, copilot, gemini, opencode, shell, or a manifest of yours");
  command->add_option("repository", options->repository,
                      "a path (default: the current directory), or https://HOST/OWNER/REPO");
  command->add_option("-b,--branch", options->plan.flags.branch, "work on <agent>/NAME");
  command->add_flag("--use-current-branch", options->plan.use_current_branch, "work on the branch that is checked out");
  command->add_option("--name", options->plan.flags.name, "the session is <agent>-NAME");
  command->add_flag("--no-push", options->plan.no_push, "keep the work in the session");
  command->add_flag("-d,--detach", options->plan.detach, "start in the background and print the session's name");
  command->add_flag("-y,--yes", options->yes, "archive or replace an existing branch without asking");
  command->add_flag("--dry-run", options->dry_run, "print what would be done, and why");
  command->add_flag("--json", options->json, "with --dry-run or -d: JSON on stdout");
  command->add_flag("-v,--verbose", options->verbose, "say more on stderr");
  add_plan_flags(*command, options->plan);
  command->callback([&chosen, options, &after_dashes] {
    options->command = after_dashes;
    chosen = [options] { return run(*options); };
  });
}

}  // namespace bailey::cli

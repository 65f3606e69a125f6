// bailey ls, attach, exec, stop, rm, restart, logs.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/attend.h"
#include "cli/command.h"
#include "cli/found_session.h"
#include "cli/start.h"
#include "cli/token_sweep.h"
#include "policy/domain_pattern.h"
#include "session/approvals_overview.h"
#include "session/control_server.h"
#include "session/listing.h"
#include "session/scrollback.h"
#include "workspace/workspace.h"

namespace bailey::cli {
namespace {

using session::SessionEntry;
using session::SessionStatus;

constexpr auto find = find_session;
using Found = FoundSession;

Status require_live(const SessionEntry& entry) {
  if (entry.is_live) return {};
  return fail("reach '" + entry.name + "'",
              "the session has ended (" + std::string(to_string(entry.record.status)) + ")",
              "start it again with `bailey restart " + entry.name + "`");
}

int list(bool all, bool as_json) {
  const auto sessions = registry();
  if (!sessions) return report(sessions.error());
  if (const auto directories = user()) sweep_tokens_later(*directories);
  auto entries = sessions->list();
  if (!entries) return report(entries.error());
  const WallTime now = SystemClock().wall_now();
  for (auto& entry : *entries) entry.approvals = session::waiting_approvals(entry, now);
  if (!all) std::erase_if(*entries, [](const SessionEntry& entry) { return !session::is_shown_by_default(entry); });
  if (as_json) std::printf("%s\n", session::render_json(*entries).c_str());
  else std::fputs(session::render_table(*entries, now).c_str(), stdout);
  return 0;
}

int attach(const std::string& name, bool read_only) {
  auto found = find(name);
  if (!found) return report(found.error(), exit_not_started);
  if (auto done = recover_if_interrupted(*found); !done) return report(done.error(), exit_not_started);
  if (auto live = require_live(found->entry); !live) return report(live.error(), exit_not_started);
  auto connection = session::connect_to_session(found->entry.directory);
  if (!connection) return report(connection.error(), exit_not_started);
  return attend(std::move(*connection), found->entry.name,
                session::Attach{window_of_caller(), io_of_caller() == session::IoKind::terminal, read_only});
}

int exec(const std::string& name, std::vector<std::string> argv, const std::string& directory,
         std::vector<std::string> environment) {
  auto found = find(name);
  if (!found) return report(found.error(), exit_not_started);
  if (auto live = require_live(found->entry); !live) return report(live.error(), exit_not_started);
  session::Exec request{std::move(argv), std::move(environment), directory, io_of_caller() == session::IoKind::terminal,
                        window_of_caller()};
  if (auto fits = session::check(request); !fits) return report(fits.error(), exit_not_started);
  auto connection = session::connect_to_session(found->entry.directory);
  if (!connection) return report(connection.error(), exit_not_started);
  return attend(std::move(*connection), found->entry.name, std::move(request));
}

int stop_live(const SessionEntry& entry, bool force) {
  if (auto stopped = stop_session(entry, force ? session::StopMode::force : session::StopMode::save); !stopped)
    return report(stopped.error());
  return 0;
}

int stop(const std::string& name, bool force) {
  auto found = find(name);
  if (!found) return report(found.error());
  if (found->entry.is_live) return stop_live(found->entry, force);
  sweep_tokens_of(found->user, found->entry.name);
  const bool interrupted = found->entry.record.status == SessionStatus::interrupted;
  if (auto done = recover_if_interrupted(*found); !done) return report(done.error());
  if (!interrupted)
    std::fprintf(stderr, "bailey: %s has ended already (%s)\n", found->entry.name.c_str(),
                 std::string(to_string(found->entry.record.status)).c_str());
  return 0;
}

int remove(const std::string& name, bool yes, bool discard) {
  auto found = find(name);
  if (!found) return report(found.error());
  auto& entry = found->entry;
  const std::size_t waiting = session::waiting_approvals(entry, SystemClock().wall_now());  // saving answers some
  if (entry.is_live) {
    if (!yes)
      return report(
          {"remove '" + entry.name + "'", "it is running", "stop it first, or say -y to stop, save and remove", 0});
    if (const int status = stop_live(entry, false); status != 0) return status;
    entry = found->registry.read(entry.name);
  }
  sweep_tokens_of(found->user, entry.name);
  if (entry.damage.empty() && !discard) {
    if (auto done = recover_if_interrupted(*found); !done) return report(done.error());
    if (entry.record.unlanded_work) {
      std::fprintf(stderr,
                   "bailey: %s is kept: it holds work that is in no branch of %s\n"
                   "  throw it away with: bailey rm --discard %s\n",
                   entry.name.c_str(), visible(entry.record.repository).c_str(), entry.name.c_str());
      return 1;
    }
  }
  if (!entry.damage.empty() && !discard && !yes)
    return report({"remove '" + entry.name + "'", entry.damage, "say --discard to remove it all the same", 0});
  if (waiting != 0)
    std::fprintf(stderr, "bailey: %s: %zu request(s) still waited for your answer and are gone with it\n",
                 entry.name.c_str(), waiting);
  if (auto removed = remove_session(found->registry, entry.name); !removed) return report(removed.error());
  return 0;
}

int restart(const std::string& name, bool detach) {
  auto found = find(name);
  if (!found) return report(found.error(), exit_not_started);
  if (found->entry.is_live)
    return report({"restart '" + found->entry.name + "'", "it is running",
                   "attach to it: bailey attach " + found->entry.name, 0});
  sweep_tokens_of(found->user, found->entry.name);
  if (auto finished = finish_undo(*found); !finished) return report(finished.error(), exit_not_started);
  const auto io = detach ? session::IoKind::terminal : io_of_caller();
  auto started =
      start_again(found->registry, found->entry, session::SuperviseMode::restart, io, window_of_caller(), found->user);
  if (!started) return report(started.error(), exit_not_started);
  if (!detach)
    return attend(std::move(started->connection), started->name,
                  session::Attach{window_of_caller(), io == session::IoKind::terminal, false});
  const auto answer =
      session::request(std::move(started->connection), session::StatusRequest{}, [](const std::string&) {});
  if (!answer) return report(answer.error(), exit_not_started);
  std::printf("%s\n", started->name.c_str());
  return 0;
}

int logs(const std::string& name) {
  auto found = find(name);
  if (!found) return report(found.error());
  const auto text = session::read_terminal_log(found->entry.directory);
  if (!text) return report(text.error());
  const std::string shown = ::isatty(1) != 0 ? *text : session::plain_text(*text);
  std::fwrite(shown.data(), 1, shown.size(), stdout);
  return 0;
}

int say_rule(const std::string& name, const std::string& pattern, session::RuleWord word) {
  if (auto checked = policy::parse_domain_pattern(pattern); !checked) return report(checked.error());
  auto found = find(name);
  if (!found) return report(found.error());
  if (auto live = require_live(found->entry); !live) return report(live.error());
  auto connection = session::connect_to_session(found->entry.directory);
  if (!connection) return report(connection.error());
  const auto answer =
      session::request(std::move(*connection), session::SayRule{word, pattern}, [](const std::string&) {});
  if (!answer) return report(answer.error());
  if (const auto* failure = std::get_if<session::Failure>(&*answer)) return report(to_error(*failure));
  std::printf("%s: %s %s, at once and until the session ends\n", found->entry.name.c_str(), pattern.c_str(),
              word == session::RuleWord::allow ? "is allowed" : "is refused");
  return 0;
}

struct Options {
  std::string name;
  std::string pattern;
  std::vector<std::string> argv;
  std::vector<std::string> environment;
  std::string directory;
  bool all = false;
  bool json = false;
  bool yes = false;
  bool discard = false;
  bool force = false;
  bool detach = false;
  bool read_only = false;
};

CLI::App* add_named(CLI::App& app, const char* name, const char* help, Options& options) {
  CLI::App* command = app.add_subcommand(name, help);
  command->add_option("session", options.name, "its name, or the beginning of one (see `bailey ls`)")->required();
  return command;
}

}  // namespace

void add_sessions(CLI::App& app, Action& chosen, const std::vector<std::string>& after_dashes) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand("ls", "list sessions: running ones, and those that need attention");
  command->add_flag("-a,--all", options->all, "ended ones too");
  command->add_flag("--json", options->json, "as a JSON array");
  command->callback([&chosen, options] { chosen = [options] { return list(options->all, options->json); }; });

  command = add_named(app, "attach", "show a running session here; detach with ctrl-b d", *options);
  command->add_flag("--read-only", options->read_only, "only watch");
  command->callback([&chosen, options] { chosen = [options] { return attach(options->name, options->read_only); }; });

  command =
      add_named(app, "exec", "run one more command in a running session: bailey exec SESSION -- COMMAND…", *options);
  command->add_option("-w,--workdir", options->directory, "where, in the sandbox");
  command->add_option("-e,--env", options->environment, "NAME=value, for this command (repeatable)");
  command->callback([&chosen, options, &after_dashes] {
    options->argv = after_dashes;
    chosen = [options] {
      if (options->argv.empty())
        return report(
            {"run a command in the session", "none was given", "write it after --: bailey exec SESSION -- ls", 0},
            exit_usage);
      return exec(options->name, options->argv, options->directory, options->environment);
    };
  });

  command = add_named(app, "stop", "end a session and save its work", *options);
  command->add_flag("--force", options->force, "don't wait for anything that hangs");
  command->callback([&chosen, options] { chosen = [options] { return stop(options->name, options->force); }; });

  command = add_named(app, "rm", "remove a session; its landed branch stays", *options);
  command->add_flag("-y,--yes", options->yes, "stop it first if it is running");
  command->add_flag("--discard", options->discard, "also when it holds work that landed nowhere");
  command->callback(
      [&chosen, options] { chosen = [options] { return remove(options->name, options->yes, options->discard); }; });

  command = add_named(app, "restart", "run an ended session's command again, in its workspace", *options);
  command->add_flag("-d,--detach", options->detach, "in the background");
  command->callback([&chosen, options] { chosen = [options] { return restart(options->name, options->detach); }; });

  command = add_named(app, "allow", "let a running session reach a host", *options);
  command->add_option("domain", options->pattern, "a host, or *.DOMAIN for it and all below it; HOST:PORT for a port")
      ->required();
  command->callback([&chosen, options] {
    chosen = [options] { return say_rule(options->name, options->pattern, session::RuleWord::allow); };
  });

  command = add_named(app, "deny", "keep a running session from a host, open connections included", *options);
  command->add_option("domain", options->pattern, "a host, or *.DOMAIN for it and all below it")->required();
  command->callback([&chosen, options] {
    chosen = [options] { return say_rule(options->name, options->pattern, session::RuleWord::deny); };
  });

  command = add_named(app, "logs", "what the session's terminal showed", *options);
  command->callback([&chosen, options] { chosen = [options] { return logs(options->name); }; });
}

}  // namespace bailey::cli

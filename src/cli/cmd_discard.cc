// bailey discard: a session and its branch are thrown away, after saying what that is.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <iostream>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/found_session.h"
#include "cli/session_audit.h"
#include "git/confine.h"
#include "git/discard.h"
#include "git/service.h"
#include "os/files.h"
#include "session/session_spec.h"

namespace bailey::cli {
namespace {

struct DiscardOptions {
  std::string name;
  bool yes = false;
};

bool confirm(const std::string& question) {
  if (::isatty(0) == 0 || ::isatty(2) == 0) return false;
  std::fprintf(stderr, "%s [y/N] ", visible(question).c_str());
  std::string answer;
  return std::getline(std::cin, answer) && (answer == "y" || answer == "yes");
}

void name_losses(const git::Discardable& found) {
  for (const auto& commit : found.unmerged) std::printf("  %s\n", visible(commit).c_str());
  if (found.unmerged_count > found.unmerged.size())
    std::printf("  … and %llu more\n", static_cast<unsigned long long>(found.unmerged_count - found.unmerged.size()));
}

// The branch in the user's repository; nothing where there is none.
Result<git::Discardable> look(const FoundSession& found, const session::SessionSpec& spec,
                              const git::GitRunner& runner) {
  if (spec.host_git_dir.empty()) return git::Discardable{};
  const auto host = TRY(git::open_host_repository(spec.host_git_dir));
  return git::find_discardable(runner, {host, os::join(found.entry.directory, "quarantine.git"), found.entry.name,
                                        found.entry.record.agent, found.entry.record.branch});
}

Status discard(const DiscardOptions& options) {
  auto found = TRY(find_session(options.name));
  const std::string what = "discard '" + found.entry.name + "'";
  if (found.entry.is_live && !options.yes && !confirm(found.entry.name + " is running: stop it and throw it away?"))
    return fail(what, "it is running", "say -y to stop it and throw its work away");
  if (found.entry.is_live) TRY_STATUS(stop_session(found.entry, session::StopMode::save));
  found.entry = found.registry.read(found.entry.name);
  const auto spec = session::load_spec(found.entry.directory);
  const git::GitRunner runner(git::find_git(), git::landlock_confiner());
  const auto losses = spec ? TRY(look(found, *spec, runner)) : git::Discardable{};
  if (losses.unmerged_count != 0) {
    std::printf("%llu commit(s) of %s are in no other branch:\n",
                static_cast<unsigned long long>(losses.unmerged_count), visible(found.entry.record.branch).c_str());
    name_losses(losses);
  }
  const std::string question = "throw away " + found.entry.name + " and its branch?";
  if (!options.yes && !confirm(question))
    return fail(what, "it was not confirmed; nothing was changed", "say -y to throw it away");
  if (losses.unmerged_count == 0 && found.entry.record.unlanded_work)
    std::printf("it holds work that was never committed or never left it\n");
  for (const auto& ref : losses.refs) {
    const auto host = TRY(git::open_host_repository(spec->host_git_dir));
    const auto refs = TRY(git::RefStore::open(host));
    if (TRY(refs.remove(ref)) != git::UpdateOutcome::updated)
      return fail(what, "'" + ref.name + "' moved meanwhile or is locked by another program", "do it again");
    std::printf("deleted %s; get it back with: git branch %s %s\n", visible(ref.name).c_str(),
                shell_quoted(found.entry.record.branch).c_str(), ref.oid.hex().c_str());
  }
  if (losses.checked_out) std::printf("%s is checked out and stays\n", visible(found.entry.record.branch).c_str());
  return remove_session(found.registry, found.entry.name);
}

}  // namespace

void add_discard(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<DiscardOptions>();
  CLI::App* command = app.add_subcommand("discard", "throw a session and its branch away");
  command->footer(
      "Commits that are in no other branch are named first. The branch can be brought back for as long as your git "
      "keeps\n"
      "unreachable objects (two weeks, unless you changed it): the command is printed. `bailey rm` removes a session "
      "and\n"
      "leaves its branch.");
  command->add_option("session", options->name, "its name, or the beginning of one (see `bailey ls`)")->required();
  command->add_flag("-y,--yes", options->yes, "don't ask; stop it first if it is running");
  command->callback([&chosen, options] {
    chosen = [options] {
      const auto done = discard(*options);
      return done ? 0 : report(done.error());
    };
  });
}

}  // namespace bailey::cli

// bailey review SESSION: what its branch brings, and what in it deserves a look.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cli/command.h"
#include "git/confine.h"
#include "git/service.h"
#include "json/write.h"
#include "os/files.h"
#include "review/quarantine_review.h"
#include "review/render.h"
#include "toml/expect.h"

namespace bailey::cli {
namespace {

constexpr int exit_findings = 1;

struct Options {
  std::string name;
  std::string severity = "high";
  bool json = false;
  bool sarif = false;
  bool exit_code = false;
};

struct Subject {
  session::SessionEntry entry;
  std::optional<review::Review> review;  // nullopt: nothing to review
};

Result<Subject> review_of(const std::string& name) {
  const auto directories = TRY(user());
  const auto sessions = TRY(session::Registry::open(directories.state));
  Subject subject{TRY(sessions.find(name)), std::nullopt};
  const auto& entry = subject.entry;
  if (!entry.damage.empty()) return fail("review '" + entry.name + "'", entry.damage);
  const std::string quarantine = os::join(entry.directory, "quarantine.git");
  if (!os::exists(quarantine))
    return fail("review '" + entry.name + "'", "the session has no repository",
                "look at its files: " + entry.directory);
  const std::string git = git::find_git();
  if (git.empty()) return fail("review '" + entry.name + "'", "git is not installed", "install git");
  const git::GitRunner runner(git, git::landlock_confiner());
  const auto base = git::Oid::parse(entry.record.base_commit);
  review::RulePaths rules;
  rules.user_directory = directories.config;
  subject.review =
      TRY(review::review_quarantine(runner, {quarantine, entry.record.branch, base.value_or(git::Oid()), rules}));
  return subject;
}

// What is not in the quarantine can't be in the review.
void note_state(const session::SessionEntry& entry) {
  if (entry.is_live)
    std::fprintf(stderr, "bailey: %s is running: this is what it has pushed so far\n", entry.name.c_str());
  else if (entry.record.status == session::SessionStatus::interrupted)
    std::fprintf(stderr,
                 "bailey: %s was interrupted: what it had not pushed is not in here\n"
                 "  save it with: bailey attach %s\n",
                 entry.name.c_str(), entry.name.c_str());
}

bool wants_colour() { return ::isatty(1) != 0 && std::getenv("NO_COLOR") == nullptr; }

std::string rendered(const Options& options, const Subject& subject) {
  if (options.json) return json::write(review::to_json(*subject.review), json::Layout::indented) + '\n';
  if (options.sarif)
    return json::write(review::to_sarif(*subject.review, BAILEY_VERSION), json::Layout::indented) + '\n';
  return review::to_text(*subject.review, {.session = subject.entry.name,
                                           .branch = subject.entry.record.branch,
                                           .colour = wants_colour() ? review::Colour::yes : review::Colour::no});
}

int run(const Options& options) {
  const auto severity = review::severity_of(options.severity);
  if (!severity) {
    const auto unknown = toml::unknown_word("severity", options.severity, review::severity_words);
    return report({"choose a severity", unknown.why, unknown.remedy, 0}, exit_usage);
  }
  if (options.json && options.sarif)
    return report({"print the review", "--json and --sarif were both given", "choose one", 0}, exit_usage);
  auto subject = review_of(options.name);
  if (!subject) return report(subject.error(), exit_usage);
  note_state(subject->entry);
  if (!subject->review) {
    if (options.json || options.sarif) {
      subject->review.emplace();
    } else {
      std::printf("%s: no commits on %s yet\n", subject->entry.name.c_str(), subject->entry.record.branch.c_str());
      return 0;
    }
  }
  const std::string text = rendered(options, *subject);
  std::fwrite(text.data(), 1, text.size(), stdout);
  return options.exit_code && subject->review->count(*severity) > 0 ? exit_findings : 0;
}

}  // namespace

void add_review(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command = app.add_subcommand(
      "review", "what a session's branch brings, and what in it deserves a look, before you take it");
  command->add_option("session", options->name, "its name, or the beginning of one (see `bailey ls`)")->required();
  command->add_flag("--json", options->json, "as one JSON object");
  command->add_flag("--sarif", options->sarif, "as SARIF 2.1.0, for code scanning services and editors");
  command->add_flag("--exit-code", options->exit_code, "status 1 when there are findings, of --severity or above");
  command->add_option("--severity", options->severity, "notice, warning, high (the default) or critical");
  command->footer(
      "Reads git objects only; nothing of the branch is executed or checked out. Rules of your own go into\n"
      "review.toml beside config.toml, those of a project into .bailey-review.toml: see docs/review.md.\n"
      "Example: bailey review shell-app-session-1 --exit-code --severity critical");
  command->callback([&chosen, options] { chosen = [options] { return run(*options); }; });
}

}  // namespace bailey::cli

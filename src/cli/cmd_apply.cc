// bailey apply: the session's branch into the branch that is checked out.
#include <fcntl.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/found_session.h"
#include "cli/landing_findings.h"
#include "cli/landing_gate.h"
#include "cli/plan.h"
#include "cli/session_audit.h"
#include "git/apply.h"
#include "git/confine.h"
#include "git/landing.h"
#include "git/service.h"
#include "json/write.h"
#include "os/files.h"
#include "session/session_spec.h"
#include "workspace/settings.h"

namespace bailey::cli {
namespace {

constexpr std::size_t names_shown_max = 10;
constexpr std::size_t view_bytes_max = 256 << 10;

struct ApplyOptions {
  std::string name;
  std::string message;
  std::string output;
  TypedWords words;
  bool merge = false;
  bool squash = false;
  bool patch = false;
  bool dry_run = false;
  bool json = false;
};

// A private directory that goes when we do.
class Scratch {
 public:
  static Result<Scratch> create(const os::UserDirectories& user) {
    TRY_STATUS(os::make_directories(user.cache));
    std::string path = os::join(user.cache, "apply-XXXXXX");
    if (::mkdtemp(path.data()) == nullptr) return fail_errno("create '" + path + "'");
    return Scratch(std::move(path));
  }
  Scratch(Scratch&& other) noexcept : path_(std::exchange(other.path_, {})) {}
  Scratch& operator=(Scratch&&) = delete;
  Scratch(const Scratch&) = delete;
  Scratch& operator=(const Scratch&) = delete;
  ~Scratch() {
    if (!path_.empty()) (void)os::remove_tree(path_);
  }
  [[nodiscard]] const std::string& path() const { return path_; }

 private:
  explicit Scratch(std::string path) : path_(std::move(path)) {}
  std::string path_;
};

std::string names(const std::vector<std::string>& paths) {
  std::string text;
  for (std::size_t i = 0; i < std::min(paths.size(), names_shown_max); ++i)
    text += (text.empty() ? "" : ", ") + visible(paths[i]);
  if (paths.size() > names_shown_max) text += " and " + std::to_string(paths.size() - names_shown_max) + " more";
  return text;
}

// The worktree that the command is given in, where it belongs to the session's repository; else the one that the
// session was started in.
Result<workspace::GitFacts> find_worktree(const FoundSession& found, const git::HostRepository& host) {
  if (auto here = workspace::discover(".");
      here && here->kind == workspace::SourceKind::repository && here->repository.common_dir == host.common_dir)
    return std::move(*here);
  auto facts = TRY(workspace::discover(found.entry.record.repository));
  if (facts.kind != workspace::SourceKind::repository)
    return fail("apply to '" + facts.top + "'", "it has no work tree",
                "the branch is in it already: " + found.entry.record.branch);
  return facts;
}

Status check_worktree(const workspace::GitFacts& facts) {
  if (!facts.operation.empty())
    return fail("apply to '" + facts.top + "'", "a " + facts.operation + " is under way there",
                "finish it (git " + facts.operation + " --continue) or give it up (--abort)");
  if (facts.head.ref.empty())
    return fail("apply to '" + facts.top + "'", "no branch is checked out (detached HEAD)", "git switch BRANCH");
  return {};
}

struct Source {
  git::HostRepository host;
  git::Oid tip;
  std::string name;  // for the user's own git
};

// What was pushed lands first, should an earlier landing have failed.
Result<Source> find_source(const FoundSession& found, const git::GitRunner& runner, const Clock& clock) {
  const auto& record = found.entry.record;
  const std::string what = "apply '" + found.entry.name + "'";
  const auto spec = TRY(session::load_spec(found.entry.directory));
  if (spec.host_git_dir.empty())
    return fail(what, "it was started without a repository on this machine",
                "its branch: git fetch " + shell_quoted(os::join(found.entry.directory, "quarantine.git")) + " " +
                    shell_quoted(record.branch));
  if (!spec.push)
    return fail(what, "it runs with --no-push: nothing has left it",
                "bailey restart without it is not possible; bring files out with `bailey export`");
  const auto host = TRY(git::open_host_repository(spec.host_git_dir));
  const auto landing = TRY(git::land(
      runner, {host, os::join(found.entry.directory, "quarantine.git"), found.entry.name, record.branch}, clock));
  if (landing.kind == git::LandingKind::nothing || landing.new_tip.is_zero())
    return fail(what, "it has no commit that is not in the repository, or its branch was deleted there",
                "bailey review " + found.entry.name + " shows what it did");
  const auto refs = TRY(git::RefStore::open(host));
  const git::Oid now = TRY(refs.read(landing.ref));
  const bool beside = landing.ref.starts_with("refs/bailey/");
  return Source{host, landing.kind == git::LandingKind::contained && !now.is_zero() ? now : landing.new_tip,
                beside ? landing.ref : record.branch};
}

class Apply {
 public:
  Apply(const ApplyOptions& options, FoundSession found, Scratch scratch)
      : options_(options),
        found_(std::move(found)),
        scratch_(std::move(scratch)),
        runner_(git::find_git(), git::landlock_confiner()) {}

  Result<int> run() {
    TRY_STATUS(recover_if_interrupted(found_));
    const auto source = TRY(find_source(found_, runner_, clock_));
    facts_ = TRY(find_worktree(found_, source.host));
    if (!options_.patch) TRY_STATUS(check_worktree(facts_));
    request_ = make_request(source);
    plan_ = TRY(git::plan_apply(runner_, request_, clock_));
    if (plan_.kind == git::ApplyKind::nothing) return say_nothing();
    if (plan_.kind == git::ApplyKind::conflict)
      return fail("apply '" + request_.name + "'", "conflicts in " + names(plan_.conflicts) + "; nothing was changed",
                  "merge by hand, with your git: git merge " + shell_quoted(source.name));
    TRY_STATUS(pass());
    if (options_.dry_run) return 0;
    return options_.patch ? patch() : carry_out();
  }

 private:
  git::ApplyRequest make_request(const Source& source) const {
    workspace::Notes ignored;
    const auto settings = workspace::read_settings(user_home(found_.user), &facts_.repository, ignored);
    git::ApplyRequest request;
    request.host = facts_.repository;
    request.head = facts_.head;
    request.top = facts_.top;
    request.scratch = scratch_.path();
    request.name = found_.entry.record.branch;
    request.session = found_.entry.name;
    request.tip = source.tip;
    // A patch is what would come in one commit.
    request.mode = options_.squash || options_.patch ? git::ApplyMode::squash : git::ApplyMode::merge;
    request.user_name = settings.user_name;
    request.user_email = settings.user_email;
    if (options_.patch && (request.user_name.empty() || request.user_email.empty())) {
      request.user_name = "bailey";
      request.user_email = "bailey@localhost";
    }
    request.message = options_.message;
    request.settings = settings.values;
    return request;
  }

  int say_nothing() const {
    if (options_.json) print_json({}, "nothing");
    else std::printf("%s has all of %s\n", branch().c_str(), visible(request_.name).c_str());
    return 0;
  }

  Status pass() {
    Gate gate;
    gate.what = "apply '" + request_.name + "'";
    gate.findings = TRY(landing_findings(runner_, plan_, facts_, found_.user));
    gate.changed = plan_.changed;
    const auto configuration = TRY(make_plan({found_.entry.record.agent, facts_.top, {"true"}, {}}, found_.user));
    gate.rules = landing_rules(configuration);
    gate.words = words_of(options_.words, gate.findings, gate.changed);
    gate.view = [this](const std::string& path) { view(path); };
    if (options_.json) gate.manner = Gate::Manner::list;
    if (options_.dry_run) {
      items_ = look_at(gate);
      if (options_.json) print_json(items_, "dry-run");
      else print_dry_run();
      return {};
    }
    auto items = pass_gate(gate);
    if (!items) {
      if (options_.json) print_json(look_at(gate), "undecided");
      return std::unexpected(std::move(items).error());
    }
    items_ = std::move(*items);
    return record_decisions();
  }

  Status record_decisions() const {
    std::vector<audit::Event> events;
    for (const auto& item : items_) {
      audit::Event event{.level = audit::Level::notice,
                         .category = audit::Category::approval,
                         .action = "landing",
                         .tier = audit::Tier::decided,
                         .decision = audit::Decision::approved,
                         .rule = item.finding.rule_id};
      event.subject.add("path", item.finding.path).add("by", item.by).add("protected", !item.protected_by.empty());
      events.push_back(std::move(event));
    }
    audit::Event event{.category = audit::Category::git,
                       .action = options_.patch ? audit::Name("patch") : audit::Name("apply"),
                       .tier = audit::Tier::logged};
    event.subject.add("branch", request_.head.ref).add("old", request_.head.oid.hex()).add("new", plan_.result.hex());
    events.push_back(std::move(event));
    return record_events(found_, events);
  }

  void view(const std::string& path) const {
    const std::string file = os::join(scratch_.path(), "view");
    const auto out = os::open_file(file, O_RDWR | O_CREAT | O_TRUNC, 0600);
    if (!out || !git::write_patch(runner_, request_, plan_, out->get(), path)) return;
    const auto text = os::read_file(file, view_bytes_max);
    if (!text) return static_cast<void>(std::printf("  too large to show here\n"));
    for (const auto line : split(*text, '\n')) std::printf("  %s\n", visible(line).c_str());
  }

  Result<int> patch() const {
    if (!options_.output.empty()) {
      const Fd out = TRY(os::open_file(options_.output, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, 0644));
      TRY_STATUS(git::write_patch(runner_, request_, plan_, out.get(), ""));
      return 0;
    }
    if (::isatty(1) == 0) {
      TRY_STATUS(git::write_patch(runner_, request_, plan_, 1, ""));
      return 0;
    }
    view("");  // to a terminal never byte for byte
    return 0;
  }

  Result<int> carry_out() const {
    const auto done = TRY(git::carry_out(runner_, request_, plan_, clock_));
    if (!done.in_the_way.empty())
      return fail("apply '" + request_.name + "'",
                  "your files are in the way: " + names(done.in_the_way) + "; nothing was changed",
                  "commit, stash or move them, then do it again");
    if (options_.json) {
      print_json(items_, "applied");
      return 0;
    }
    const char* how = plan_.kind == git::ApplyKind::forward ? "moved forward"
                      : plan_.kind == git::ApplyKind::merge ? "a merge commit"
                                                            : "one commit";
    std::printf("%s: %llu commit(s) of %s, %zu file(s), %s (%s)\n", branch().c_str(),
                static_cast<unsigned long long>(plan_.commits), visible(request_.name).c_str(), plan_.changed.size(),
                how, plan_.result.short_hex().c_str());
    if (!plan_.submodules.empty())
      std::printf("submodules are named anew: %s; look, then `git submodule update`\n",
                  names(plan_.submodules).c_str());
    return 0;
  }

  [[nodiscard]] std::string branch() const {
    const std::string_view ref = request_.head.ref;
    return visible(ref.starts_with("refs/heads/") ? ref.substr(11) : ref);
  }

  void print_dry_run() const {
    std::printf("%llu commit(s) of %s would come to %s: %zu file(s)\n", static_cast<unsigned long long>(plan_.commits),
                visible(request_.name).c_str(), branch().c_str(), plan_.changed.size());
    print_items(items_);
  }

  void print_json(const std::vector<policy::LandingItem>& items, const char* outcome) const {
    json::Value value = json::Object{};
    value.set("session", found_.entry.name);
    value.set("branch", branch());
    value.set("applied", request_.name);
    value.set("outcome", outcome);
    value.set("commit", plan_.result.hex());
    value.set("commits", plan_.commits);
    value.set("files", plan_.changed.size());
    value.set("findings", to_json(items));
    std::printf("%s\n", json::write(value, json::Layout::indented).c_str());
  }

  const ApplyOptions& options_;
  FoundSession found_;
  Scratch scratch_;
  git::GitRunner runner_;
  SystemClock clock_;
  workspace::GitFacts facts_;
  git::ApplyRequest request_;
  git::ApplyPlan plan_;
  std::vector<policy::LandingItem> items_;
};

int apply(const ApplyOptions& options) {
  if (static_cast<int>(options.merge) + static_cast<int>(options.squash) + static_cast<int>(options.patch) > 1)
    return report({"bailey apply", "--merge, --squash and --patch exclude each other", "give one of them", 0},
                  exit_usage);
  auto found = find_session(options.name);
  if (!found) return report(found.error());
  auto scratch = Scratch::create(found->user);
  if (!scratch) return report(scratch.error());
  const auto status = Apply(options, std::move(*found), std::move(*scratch)).run();
  return status ? *status : report(status.error());
}

}  // namespace

void add_apply(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<ApplyOptions>();
  CLI::App* command = app.add_subcommand("apply", "bring a session's branch into the branch that you have checked out");
  command->footer(
      "What some tool runs or obeys by itself (hooks, editor and CI settings, build files …) is shown and decided one "
      "by\n"
      "one first; `bailey review SESSION` shows all that is new. Your files are changed only where nothing of yours "
      "is\n"
      "in the way; a conflict changes nothing. No hook or filter of anybody's runs. Without a terminal:\n"
      "  bailey apply SESSION --accept Makefile --accept-rule ci-workflow\n"
      "Back again: git reset --keep ORIG_HEAD");
  command->add_option("session", options->name, "its name, or the beginning of one (see `bailey ls`)")->required();
  command->add_flag("--merge", options->merge, "the default: move forward where possible, else a merge commit");
  command->add_flag("--squash", options->squash, "as one commit of yours");
  command->add_flag("--patch", options->patch, "only print what would change, for `git apply`");
  command->add_option("-o,--output", options->output, "with --patch: write it to a new file");
  command->add_option("-m,--message", options->message, "of the commit that is made");
  add_gate_options(*command, options->words);
  command->add_flag("--dry-run", options->dry_run, "only say what would come, and what has to be decided");
  command->add_flag("--json", options->json, "as JSON; asks nothing");
  command->callback([&chosen, options] { chosen = [options] { return apply(*options); }; });
}

}  // namespace bailey::cli

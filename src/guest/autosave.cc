#include "guest/autosave.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstdio>
#include <ctime>
#include <string>
#include <vector>

#include "base/fd.h"
#include "guest/environment.h"
#include "guest/git.h"
#include "guest/save_message.h"
#include "guest/save_tree.h"
#include "guest/text.h"
#include "guest/worktree_state.h"

namespace bailey::guest {
namespace {

constexpr const char* git_dir = ".git";
constexpr const char* empty_tree_sha1 = "4b825dc642cb6eb9a060e54bf8d69288fbee4904";
constexpr const char* empty_tree_sha256 = "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
constexpr int report_fd = 3;
constexpr std::size_t left_out_max = 100;
constexpr std::time_t stale_lock_seconds = 30;  // no git of ours holds an index lock that long while we are called

struct Outcome {
  const char* result = "failed";
  std::string branch;
  std::string commit;
  std::size_t files = 0;
  enum class Pushed { no, yes } pushed = Pushed::no;
  std::string reason;
  std::vector<LeftOut> left_out;
};

class Autosave {
 public:
  explicit Autosave(Session session) : session_(std::move(session)) {}

  Outcome run() {
    if (!read_state()) return outcome_;
    if (nothing_changed() && head_ == last_pushed_ && on_branch()) return finish("clean");
    if (!save()) return finish("failed");
    if (target_.empty()) return finish("clean");
    note_other_work();
    outcome_.commit = target_;
    if (target_ == last_pushed_) return finish("clean");
    if (session_.push == Session::Push::no)
      return target_ == head_ ? finish("clean") : finish("saved", "committed, not pushed (--no-push)");
    if (!push()) return finish("failed");
    return finish(outcome_.pushed == Outcome::Pushed::yes ? "saved" : "clean");
  }

 private:
  Outcome finish(const char* result, std::string reason = {}) {
    outcome_.result = result;
    if (outcome_.left_out.size() > left_out_max) outcome_.left_out.resize(left_out_max);
    if (!reason.empty()) outcome_.reason = std::move(reason);
    return outcome_;
  }

  bool fail(const char* what, const GitResult& result) {
    const auto words = trim(result.err);
    outcome_.reason = std::string(what) + ": " + visible(words.substr(0, 300));
    return false;
  }

  [[nodiscard]] bool on_branch() const { return state_.head_branch == session_.branch; }
  [[nodiscard]] bool nothing_changed() const { return state_.changed.empty() && state_.embedded.empty(); }
  [[nodiscard]] std::string branch_ref() const { return "refs/heads/" + session_.branch; }

  // One process in the common case: status; the last push is read from its ref file.
  bool read_state() {
    struct stat status {};
    if (::lstat(git_dir, &status) != 0 || !S_ISDIR(status.st_mode)) {
      outcome_.reason =
          "there is no repository in the current directory (.git is missing): the files stay where they are";
      return false;
    }
    const auto text = git({{"status", "--porcelain=v2", "--branch", "-z", "--untracked-files=all", "--no-renames",
                            "--no-ahead-behind", "--ignore-submodules=none"}});
    auto state = text.ok() ? parse_status(text.out) : std::nullopt;
    // A damaged index must not keep the files from being saved.
    if (!state) state = state_without_index();
    if (!state) return fail("git status", text);
    state_ = std::move(*state);
    head_ = state_.head_oid;
    if (session_.branch.empty()) session_.branch = branch_of_remote();
    if (session_.branch.empty()) session_.branch = state_.head_branch;
    if (session_.branch.empty()) {
      outcome_.reason = "the session's branch is not known (BAILEY_BRANCH)";
      return false;
    }
    outcome_.branch = session_.branch;
    outcome_.left_out = state_.submodules;
    last_pushed_ = resolve_file("refs/remotes/local/" + session_.branch);
    operation_ = operation_in(git_dir);
    return true;
  }

  static std::optional<WorktreeState> state_without_index() {
    const auto head = git({{"rev-parse", "--verify", "--quiet", "HEAD"}});
    const auto branch = git({{"symbolic-ref", "--short", "--quiet", "HEAD"}});
    if (!head.ok() && !branch.ok()) return std::nullopt;
    WorktreeState state;
    state.head_oid = head.ok() ? head.line() : "";
    state.head_branch = branch.ok() ? branch.line() : "";
    state.changed.emplace_back(".");  // everything: save_tree() finds out
    return state;
  }

  // The remote shows one branch only: ours.
  static std::string branch_of_remote() {
    const auto listed = git({{"ls-remote", "--heads", "local"}});
    const auto at = listed.out.find("refs/heads/");
    return at == std::string::npos ? "" : std::string(trim(std::string_view(listed.out).substr(at + 11)));
  }

  static std::string resolve(const std::string& ref) {
    const auto result = git({{"rev-parse", "--verify", "--quiet", ref + "^{commit}"}});
    return result.ok() ? result.line() : std::string();
  }

  // A loose ref without a process; a packed one with.
  static std::string resolve_file(const std::string& ref) {
    const std::string path = std::string(git_dir) + '/' + ref;
    const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
    char buffer[128];
    const ssize_t count = fd ? ::read(fd.get(), buffer, sizeof buffer) : -1;
    const auto text = count > 0 ? trim({buffer, static_cast<std::size_t>(count)}) : std::string_view();
    if (text.size() == 40 || text.size() == 64) return std::string(text);
    return resolve(ref);
  }

  // Sets target_: the commit to push; empty when there is none yet.
  bool save() {
    std::string words;
    std::optional<SavedTree> saved;
    if (!nothing_changed()) {
      saved = save_tree(git_dir, state_, words);
      if (!saved) return fail("git add", {1, {}, words});
      outcome_.left_out = saved->left_out;
    }
    const bool done = choose_parents() && commit_if_needed(saved);
    if (saved) ::unlink(saved->index.c_str());
    return done;
  }

  // The tips that must stay reachable, without those that another of them contains.
  bool choose_parents() {
    std::vector<std::string> tips;
    const auto add = [&](const std::string& oid) {
      if (!oid.empty() && std::find(tips.begin(), tips.end(), oid) == tips.end()) tips.push_back(oid);
    };
    const bool simple = on_branch() && operation_ == Operation::none;
    if (!simple) add(branch_tip_ = resolve(branch_ref()));
    else branch_tip_ = head_;
    add(head_);
    if (operation_ == Operation::under_way) add(last_pushed_);
    if (tips.size() > 1) {
      std::vector<std::string> arguments = {"merge-base", "--independent"};
      arguments.insert(arguments.end(), tips.begin(), tips.end());
      const auto independent = git({std::move(arguments)});
      if (!independent.ok()) return fail("git merge-base", independent);
      tips.clear();
      for (const auto line : split(trim(independent.out), '\n')) tips.emplace_back(line);
    }
    parents_ = std::move(tips);
    return true;
  }

  bool commit_if_needed(const std::optional<SavedTree>& saved) {
    const std::string base = parents_.empty() ? "" : parents_.front();
    target_ = base;
    if (!saved && parents_.size() < 2) return true;
    const std::string tree = saved ? saved->tree : tree_of(head_);
    const bool same = tree == (base.empty() ? empty_tree(tree) : tree_of(base));
    if (same && parents_.size() < 2) return true;
    const auto changes = same ? std::vector<Change>() : changes_between(base, tree, saved);
    outcome_.files = changes.size();
    target_ = commit(tree, save_message(changes, session_));
    return !target_.empty() && move_branch(saved);
  }

  static std::string tree_of(const std::string& commit) { return git({{"rev-parse", commit + "^{tree}"}}).line(); }

  static std::string empty_tree(const std::string& like) {
    return like.size() == 64 ? empty_tree_sha256 : empty_tree_sha1;
  }

  // For the message only: when git can't tell, the commit is made all the same.
  std::vector<Change> changes_between(const std::string& base, const std::string& tree,
                                      const std::optional<SavedTree>& saved) const {
    GitCall call{{"diff-tree", "-r", "-z", "--no-renames", "--no-ext-diff", "--no-textconv", "--raw"}};
    if (state_.changed.size() <= counted_changes_max) call.arguments.emplace_back("--numstat");
    call.arguments.push_back(base.empty() ? empty_tree(tree) : base + "^{tree}");
    call.arguments.push_back(tree);
    if (saved)
      call.environment.emplace_back("GIT_INDEX_FILE", saved->index);  // git reads it, and the agent's may be damaged
    return parse_changes(git(call).out);
  }

  std::string commit(const std::string& tree, const std::string& message) {
    std::vector<std::string> arguments = {"commit-tree", tree};
    for (const auto& parent : parents_) arguments.insert(arguments.end(), {"-p", parent});
    auto made = git({arguments, {}, message});
    if (!made.ok())  // most often: no identity is configured
      made = git({arguments,
                  {{"GIT_AUTHOR_NAME", "bailey agent"},
                   {"GIT_AUTHOR_EMAIL", "agent@localhost"},
                   {"GIT_COMMITTER_NAME", "bailey agent"},
                   {"GIT_COMMITTER_EMAIL", "agent@localhost"}},
                  message});
    if (!made.ok()) (void)fail("git commit-tree", made);
    return made.ok() ? made.line() : std::string();
  }

  bool move_branch(const std::optional<SavedTree>& saved) {
    if (operation_ == Operation::under_way) return true;
    const std::string expected = branch_tip_.empty() ? std::string(target_.size(), '0') : branch_tip_;
    const auto moved = git({{"update-ref", "-m", "bailey autosave", branch_ref(), target_, expected}});
    // The commit exists and is pushed by its name: a branch that can't be moved (a lock left behind) costs nothing.
    if (moved.ok() && saved && on_branch()) use_index(saved->index);
    return true;
  }

  // The agent's next `git status` should be clean. An index lock that is held is respected, one left behind is not.
  static void use_index(const std::string& index) {
    const std::string lock = std::string(git_dir) + "/index.lock";
    struct stat status {};
    if (::lstat(lock.c_str(), &status) == 0 && std::time(nullptr) - status.st_mtime > stale_lock_seconds)
      ::unlink(lock.c_str());
    if (::link(index.c_str(), lock.c_str()) != 0) return;
    (void)::rename(lock.c_str(), (std::string(git_dir) + "/index").c_str());
  }

  // Commits that the session's branch can't carry: said, so that nobody removes the workspace in good faith.
  void note_other_work() {
    std::vector<std::string> arguments = {"for-each-ref", "--format=%(refname:short)", "--no-merged=" + target_};
    const std::size_t fixed = arguments.size();
    for (const auto& branch : loose_branches(git_dir))
      if (branch != session_.branch) arguments.push_back("refs/heads/" + branch);
    if (arguments.size() > fixed) {
      const GitResult listed = git({std::move(arguments)});
      for (const auto line : split(trim(listed.out), '\n'))
        if (!line.empty()) outcome_.left_out.push_back({"", "commits on branch " + visible(line)});
    }
    if (::access((std::string(git_dir) + "/refs/stash").c_str(), F_OK) == 0)
      outcome_.left_out.push_back({"", "stashed changes (git stash list)"});
  }

  // False: failed. What the host had already is "clean".
  bool push() {
    const auto push_to = [&](const char* remote) {
      return git({{"push", "--porcelain", "--no-verify", "--no-signed", remote, '+' + target_ + ':' + branch_ref()}});
    };
    auto pushed = push_to("local");
    if (!pushed.ok()) pushed = push_to("bailey::local");  // a remote that the agent has changed
    if (!pushed.ok()) return fail("git push", pushed);
    outcome_.pushed = pushed.out.find("\n=\t") == std::string::npos ? Outcome::Pushed::yes : Outcome::Pushed::no;
    return true;
  }

  Session session_;
  WorktreeState state_;
  Operation operation_ = Operation::none;
  std::string head_;         // commit; empty: unborn
  std::string branch_tip_;   // of the session's branch here
  std::string last_pushed_;  // refs/remotes/local/<branch>
  std::vector<std::string> parents_;
  std::string target_;
  Outcome outcome_;
};

std::string to_json(const Outcome& outcome) {
  std::string json = "{\"result\":" + json_quoted(outcome.result) + ",\"branch\":" + json_quoted(outcome.branch) +
                     ",\"commit\":" + json_quoted(outcome.commit) + ",\"files\":" + std::to_string(outcome.files) +
                     ",\"pushed\":" + (outcome.pushed == Outcome::Pushed::yes ? "true" : "false") +
                     ",\"reason\":" + json_quoted(outcome.reason) + ",\"left_out\":[";
  for (const auto& one : outcome.left_out) {
    if (json.back() != '[') json += ',';
    json += "{\"path\":" + json_quoted(one.path) + ",\"why\":" + json_quoted(one.why) + '}';
  }
  return json + "]}\n";
}

std::string to_words(const Outcome& outcome) {
  const std::string_view result = outcome.result;
  std::string words = "bailey: ";
  if (result == "clean") words += "nothing to save";
  if (result == "failed") words += "not saved: " + outcome.reason;
  if (result == "saved") {
    words += outcome.files == 0 ? std::string("saved")
                                : "saved " + std::to_string(outcome.files) + (outcome.files == 1 ? " file" : " files");
    words += " as " + outcome.commit.substr(0, 12) + " on " + outcome.branch;
    if (!outcome.reason.empty()) words += ", " + outcome.reason;
  }
  if (!outcome.left_out.empty()) words += "; not on the branch:";
  for (const auto& one : outcome.left_out)
    words += ' ' + (one.path.empty() ? "" : visible(one.path) + " ") + '(' + one.why + ')';
  return words + '\n';
}

void report(const Outcome& outcome) {
  const std::string json = to_json(outcome);
  if (::fcntl(report_fd, F_GETFD) >= 0) (void)!::write(report_fd, json.data(), json.size());
  const std::string words = to_words(outcome);
  (void)!::write(1, words.data(), words.size());
}

}  // namespace

int autosave() {
  const Outcome outcome = Autosave(session_from_environment()).run();
  report(outcome);
  return std::string_view(outcome.result) == "failed" ? 1 : 0;
}

}  // namespace bailey::guest

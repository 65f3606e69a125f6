#include "git/worktree_update.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <set>

#include "base/text.h"
#include "git/ref_files.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::string_view lock_words = "bailey apply\n";  // what our index.lock holds; git's holds an index
constexpr std::size_t index_bytes_max = std::size_t{512} << 20;

mode_t umask_of_process() {
  const mode_t mask = ::umask(0);
  ::umask(mask);
  return mask;
}

// `git` in the user's work tree with our git directory and our copy of the index.
Invocation invocation(const WorktreeUpdate& update, std::vector<std::string> arguments) {
  Invocation call;
  call.git_dir = update.ours.git_dir;
  call.index_file = os::join(update.ours.git_dir, "index");
  for (const auto& [key, value] : update.settings)
    call.arguments.insert(call.arguments.end(), {"-c", key + '=' + value});
  call.arguments.push_back("--work-tree=" + update.top);
  call.arguments.insert(call.arguments.end(), arguments.begin(), arguments.end());
  call.umask = umask_of_process();
  call.reach.read_only = update.ours.object_stores;
  call.reach.read_only.push_back(update.top);
  call.reach.read_write = {update.ours.git_dir};
  return call;
}

std::vector<std::string> split_names(std::string_view text) {
  std::vector<std::string> names;
  for (const auto name : split(text, '\0'))
    if (!name.empty()) names.emplace_back(name);
  return names;
}

std::string tree_or_empty(const Oid& oid, ObjectFormat format) {
  if (!oid.is_zero()) return oid.hex();
  // The empty tree, which git knows without having it.
  return format == ObjectFormat::sha1 ? "4b825dc642cb6eb9a060e54bf8d69288fbee4904"
                                      : "6ef19b41225c5369f1c104d45d8d85efa9b057b53b14b4b9b939dd74decc5321";
}

Status copy_index(const WorktreeUpdate& update) {
  const std::string from = os::join(update.host.git_dir, "index");
  if (!os::exists(from)) return {};
  const Fd directory = TRY(os::open_file(update.host.git_dir, O_RDONLY | O_DIRECTORY));
  const auto text = TRY(read_git_file(directory.get(), "index", index_bytes_max));
  return os::write_file(os::join(update.ours.git_dir, "index"), text.value_or(""));
}

// One line of `update-index --index-info` for every path, as `to` has it; "0 …" where it has none.
struct Wanted {
  std::vector<std::string> paths;
  std::vector<std::string> lines;  // by path
};

Result<Wanted> wanted_entries(const GitRunner& runner, const WorktreeUpdate& update) {
  Invocation diff;
  diff.git_dir = update.ours.git_dir;
  diff.arguments = {"diff-tree",
                    "-r",
                    "-z",
                    "--raw",
                    "--no-renames",
                    "--no-abbrev",
                    tree_or_empty(update.from, update.host.format),
                    update.to.hex()};
  diff.reach.read_only = update.ours.object_stores;
  const auto output = TRY(runner.output_of(diff));
  Wanted wanted;
  const auto fields = split(output, '\0');
  // ":100644 100755 <old> <new> M" NUL path NUL
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2) {
    const auto words = split(fields[i], ' ');
    if (words.size() != 5) return fail("git diff-tree", "an answer of an unknown form");
    wanted.paths.emplace_back(fields[i + 1]);
    const bool gone = words[1] == "000000";
    wanted.lines.push_back(std::string(gone ? "0" : words[1]) + ' ' + std::string(words[3]) + '\t' +
                           std::string(fields[i + 1]));
  }
  return wanted;
}

Status run_quietly(const GitRunner& runner, const Invocation& call, std::string_view input = {}) {
  (void)TRY(runner.output_of(call, input));
  return {};
}

// A file that was merely touched must not look changed: its status is read again. Exit status 1 says that some are.
Status refresh(const GitRunner& runner, const WorktreeUpdate& update) {
  const auto done = TRY(runner.run(invocation(update, {"update-index", "-q", "--ignore-submodules", "--refresh"})));
  if (done.exit_status <= 1) return {};
  return fail("read the index", visible(trim(done.err).substr(0, 400)), "if `git status` works there, use `git merge`");
}

Result<std::set<std::string>> differing_from_index(const GitRunner& runner, const WorktreeUpdate& update) {
  const auto text = TRY(runner.output_of(
      invocation(update, {"diff-files", "-z", "--name-only", "--ignore-submodules=all", "--no-ext-diff"})));
  auto names = split_names(text);
  return std::set<std::string>(std::make_move_iterator(names.begin()), std::make_move_iterator(names.end()));
}

bool is_in_worktree(const std::string& top, const std::string& path) {
  const auto directory = os::open_file(top, O_PATH | O_DIRECTORY);
  return directory && os::open_beneath(directory->get(), path, O_PATH | O_NOFOLLOW).has_value();
}

// Which of the wanted paths have their new content already (an earlier run was killed): told by an index that has only
// the new entries for them.
Result<std::vector<std::string>> settled_lines(const GitRunner& runner, const WorktreeUpdate& update,
                                               const Wanted& wanted) {
  const std::string index = os::join(update.ours.git_dir, "index");
  const std::string kept = index + ".kept";
  const bool had_index = os::exists(index);
  if (had_index && ::rename(index.c_str(), kept.c_str()) != 0) return fail_errno("rename '" + index + "'");
  std::string input;
  for (const auto& line : wanted.lines) {
    if (line.starts_with("0 ")) continue;
    input += line;
    input += '\0';
  }
  TRY_STATUS(run_quietly(runner, invocation(update, {"update-index", "-z", "--index-info"}), input));
  TRY_STATUS(refresh(runner, update));
  const auto differing = TRY(differing_from_index(runner, update));
  ::unlink(index.c_str());
  if (had_index && ::rename(kept.c_str(), index.c_str()) != 0) return fail_errno("rename '" + kept + "'");
  std::vector<std::string> settled;
  for (std::size_t i = 0; i < wanted.paths.size(); ++i) {
    const bool gone = wanted.lines[i].starts_with("0 ");
    if (gone ? !is_in_worktree(update.top, wanted.paths[i]) : !differing.contains(wanted.paths[i]))
      settled.push_back(wanted.lines[i]);
  }
  return settled;
}

Status take_settled(const GitRunner& runner, const WorktreeUpdate& update, const Wanted& wanted) {
  std::string input;
  for (const auto& line : TRY(settled_lines(runner, update, wanted))) {
    input += line;
    input += '\0';
  }
  if (input.empty()) return {};
  TRY_STATUS(run_quietly(runner, invocation(update, {"update-index", "-z", "--index-info"}), input));
  return refresh(runner, update);
}

std::vector<std::string> read_tree(const WorktreeUpdate& update) {
  return {"read-tree", "-m", "-u", tree_or_empty(update.from, update.host.format), update.to.hex()};
}

enum class Kind { absent, directory, other };
Kind kind_in_worktree(int top, const std::string& path) {
  const auto opened = os::open_beneath(top, path, O_PATH | O_NOFOLLOW);
  struct stat status {};
  if (!opened || ::fstat(opened->get(), &status) != 0) return Kind::absent;
  return S_ISDIR(status.st_mode) ? Kind::directory : Kind::other;
}

Result<bool> holds_untracked(const GitRunner& runner, const WorktreeUpdate& update, const std::string& directory) {
  const auto call = invocation(update, {"ls-files", "-z", "--others", "--", ":(top,literal)" + directory});
  return !TRY(runner.output_of(call)).empty();
}

// Files that git does not track and that would have to go. git itself takes ignored ones for worthless; they are not:
// settings, keys, data.
Result<std::vector<std::string>> untracked_in_the_way(const GitRunner& runner, const WorktreeUpdate& update,
                                                      const Wanted& wanted) {
  const auto names = split_names(TRY(runner.output_of(invocation(update, {"ls-files", "-z"}))));
  const std::set<std::string_view> tracked(names.begin(), names.end());
  const Fd top = TRY(os::open_file(update.top, O_PATH | O_DIRECTORY));
  std::set<std::string> found;
  for (std::size_t i = 0; i < wanted.paths.size(); ++i) {
    const std::string& path = wanted.paths[i];
    if (wanted.lines[i].starts_with("0 ") || tracked.contains(path)) continue;
    for (auto slash = path.find('/'); slash != std::string::npos; slash = path.find('/', slash + 1)) {
      const std::string above = path.substr(0, slash);
      if (tracked.contains(above) || kind_in_worktree(top.get(), above) != Kind::other) continue;
      found.insert(above);
      break;
    }
    const Kind kind = kind_in_worktree(top.get(), path);
    if (kind == Kind::other || (kind == Kind::directory && TRY(holds_untracked(runner, update, path))))
      found.insert(path);
  }
  return std::vector<std::string>(found.begin(), found.end());
}

// All of them, for the message: git names only the first one.
Result<std::vector<std::string>> changed_in_the_way(const GitRunner& runner, const WorktreeUpdate& update,
                                                    const Wanted& wanted, std::string_view words) {
  const auto changed = TRY(differing_from_index(runner, update));
  const auto staged_call = invocation(
      update, {"diff-index", "-z", "--cached", "--name-only", tree_or_empty(update.from, update.host.format)});
  const auto staged = split_names(TRY(runner.output_of(staged_call)));
  std::vector<std::string> names;
  for (const auto& path : wanted.paths)
    if (changed.contains(path) || std::find(staged.begin(), staged.end(), path) != staged.end()) names.push_back(path);
  if (names.empty()) names.emplace_back(visible(trim(words).substr(0, 400)));
  return names;
}

// The new index under its name at once, with the times git gave it (they tell it which entries to look at again).
Status publish_index(const WorktreeUpdate& update) {
  const std::string ours = os::join(update.ours.git_dir, "index");
  const std::string text = TRY(os::read_file(ours, index_bytes_max));
  struct stat written {};
  if (::stat(ours.c_str(), &written) != 0) return fail_errno("stat '" + ours + "'");
  const Fd directory = TRY(os::open_file(update.host.git_dir, O_RDONLY | O_DIRECTORY));
  constexpr const char* name = "index.bailey";
  ::unlinkat(directory.get(), name, 0);
  const Fd file(::openat(directory.get(), name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
  if (!file) return fail_errno("create '" + os::join(update.host.git_dir, name) + "'");
  adopt(directory.get(), file.get());
  TRY_STATUS(os::write_all(file.get(), text));
  const timespec times[2] = {{0, UTIME_OMIT}, written.st_mtim};
  if (::futimens(file.get(), times) != 0 || ::fsync(file.get()) != 0) return fail_errno("write the index to disk");
  if (::renameat(directory.get(), name, directory.get(), "index") != 0) return fail_errno("replace the index");
  return {};
}

}  // namespace

IndexLock::~IndexLock() {
  if (!path_.empty()) ::unlink(path_.c_str());
}

Result<IndexLock> IndexLock::take(const std::string& git_dir) {
  const std::string path = os::join(git_dir, "index.lock");
  const auto busy = [&] {
    return fail("lock the index", "another git works in the repository, or was killed there",
                "if none does, remove '" + path + "', then try again");
  };
  for (int attempt = 0; attempt < 2; ++attempt) {
    Fd fd(::open(path.c_str(), O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600));
    if (fd) {
      if (::flock(fd.get(), LOCK_EX | LOCK_NB) != 0) return fail_errno("lock '" + path + "'");
      IndexLock lock(path, std::move(fd));
      TRY_STATUS(os::write_all(lock.fd_.get(), lock_words));
      return lock;
    }
    if (errno != EEXIST) return fail_errno("create '" + path + "'");
    const Fd old(::open(path.c_str(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC));
    if (!old) continue;
    const auto words = os::read_all(old.get(), lock_words.size());
    if (!words || *words != lock_words || ::flock(old.get(), LOCK_EX | LOCK_NB) != 0) return busy();
    // Of a run of ours that is dead. Whoever holds its flock may remove it.
    if (::unlink(path.c_str()) != 0) return fail_errno("remove '" + path + "'");
  }
  return busy();
}

Result<std::vector<std::string>> changed_paths(const GitRunner& runner, const HostRepository& ours, const Oid& from,
                                               const Oid& to) {
  Invocation diff;
  diff.git_dir = ours.git_dir;
  diff.arguments = {"diff-tree", "-r", "-z", "--name-only", "--no-renames", tree_or_empty(from, ours.format), to.hex()};
  diff.reach.read_only = ours.object_stores;
  return split_names(TRY(runner.output_of(diff)));
}

Result<WorktreeOutcome> update_worktree(const GitRunner& runner, const WorktreeUpdate& update, const IndexLock&) {
  TRY_STATUS(copy_index(update));
  TRY_STATUS(refresh(runner, update));
  const auto wanted = TRY(wanted_entries(runner, update));
  TRY_STATUS(take_settled(runner, update, wanted));
  auto in_the_way = TRY(untracked_in_the_way(runner, update, wanted));
  auto arguments = read_tree(update);
  arguments.insert(arguments.begin() + 1, "--dry-run");
  const auto tried = TRY(runner.run(invocation(update, arguments)));
  if (tried.exit_status != 0 && in_the_way.empty())
    in_the_way = TRY(changed_in_the_way(runner, update, wanted, tried.err));
  if (!in_the_way.empty()) return WorktreeOutcome{std::move(in_the_way)};
  auto call = invocation(update, read_tree(update));
  call.reach.read_write.push_back(update.top);
  const auto done = TRY(runner.run(call));
  if (done.exit_status != 0)
    return fail("write the work tree", visible(trim(done.err).substr(0, 400)),
                "nothing is lost and the branch is where it was; make room, then do it again");
  TRY_STATUS(publish_index(update));
  return WorktreeOutcome{};
}

}  // namespace bailey::git

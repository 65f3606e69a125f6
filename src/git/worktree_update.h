// The user's work tree and index from one commit to another: what `git merge --ff-only` does to them, without a git
// that reads the user's repository.
//
// How it works. git runs with a bare repository of ours as its git directory (the objects of the host come through
// alternates), the user's directory as its work tree and a copy of the user's index. `read-tree -m -u` is the two-tree
// merge of git-read-tree(1): it touches only paths that differ between the two commits and refuses when one of them has
// been changed, or is in the way. The new index replaces the user's while we hold index.lock, as git itself does.
//
// Why not the user's own git in the user's own repository: its configuration, hooks, fsmonitor and filter programs are
// the user's and may be run by the user, but then what bailey does would depend on them, and an attacker's tree is
// exactly what they would be run on: a hook directory that lies in the tree (core.hooksPath=.husky), a filter that runs
// a script of the tree. With our git directory nothing of it exists: no hook, no program of any filter, textconv or
// merge driver, no submodule is entered, no transport. What git reads from the tree (.gitattributes) can then only
// choose line endings and encodings. The price: files of a filter (git-lfs) arrive as they are stored.
//
// Killed at any moment: files that were written are those of the new commit, everything else is as it was, the index
// and the branch are the old ones. Doing it again goes on: a file that has its new content is no obstacle. The lock
// that is left behind names us and carries no flock(2), by which the next run knows that it may be removed.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "git/oid.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

struct WorktreeUpdate {
  HostRepository host;
  HostRepository ours;  // bare, made by create_quarantine() over the host's object stores
  std::string top;      // real path of the work tree
  // "core.autocrlf" → "input" …: values that decide how a file looks on the disk; none may name a program or a file.
  std::vector<std::pair<std::string, std::string>> settings;
  Oid from;  // zero: the branch has no commit yet
  Oid to;
};

struct WorktreeOutcome {
  std::vector<std::string> in_the_way;  // changed by the user, or there without being tracked; empty: done
};

// index.lock of a worktree, held against git and other runs of ours until destruction.
class IndexLock {
 public:
  IndexLock(IndexLock&& other) noexcept : path_(std::exchange(other.path_, {})), fd_(std::move(other.fd_)) {}
  IndexLock(const IndexLock&) = delete;
  IndexLock& operator=(const IndexLock&) = delete;
  IndexLock& operator=(IndexLock&&) = delete;
  ~IndexLock();
  // Fails when somebody else holds it; one that a killed run of ours left is taken over.
  [[nodiscard]] static Result<IndexLock> take(const std::string& git_dir);

 private:
  IndexLock(std::string path, Fd fd) : path_(std::move(path)), fd_(std::move(fd)) {}
  std::string path_;
  Fd fd_;
};

// Paths that differ between two commits or trees, as git has them (any bytes). A zero `from`: all of `to`.
[[nodiscard]] Result<std::vector<std::string>> changed_paths(const GitRunner& runner, const HostRepository& ours,
                                                             const Oid& from, const Oid& to);

// Nothing is changed unless in_the_way is empty. The caller holds the lock.
[[nodiscard]] Result<WorktreeOutcome> update_worktree(const GitRunner& runner, const WorktreeUpdate& update,
                                                      const IndexLock& lock);

}  // namespace bailey::git

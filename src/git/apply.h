// From the landed branch into the branch that the user has checked out (`bailey apply`).
//
// How it works. The merge is computed in a bare repository of ours by `git merge-tree --write-tree`, which needs no
// work tree and no index; the new commit is written there and its objects are copied into the host's store as a landing
// copies them (object_transfer.h). Then the work tree and the index change (worktree_update.h), then the branch, by
// compare-and-swap. Before the last two steps nothing of the user's has changed but for objects that nobody names; a
// conflict ends there. Killed anywhere, doing it again goes on.
//
// What it relies on. What may be in the result has been decided before carry_out() is called: plan() says which paths
// of the user's files will differ and `result` is exactly what is then written.
#pragma once

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/refs.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

enum class ApplyMode { merge, squash };
enum class ApplyKind {
  nothing,   // the checked-out branch has all of it
  forward,   // it has nothing else: it moves to the tip
  merge,     // a commit with both as parents
  squash,    // one commit on top of the checked-out branch
  conflict,  // both changed the same lines: to be merged by hand
};

struct ApplyRequest {
  HostRepository host;
  Head head;            // of the worktree at host.git_dir; on a branch
  std::string top;      // real path of the work tree
  std::string scratch;  // a private directory of ours; repository.git is made in it
  std::string name;     // of what is applied, for messages: "shell/x"
  std::string session;
  Oid tip;
  ApplyMode mode = ApplyMode::merge;
  std::string user_name;  // author and committer of a new commit
  std::string user_email;
  std::string message;                                        // empty: one is made
  std::vector<std::pair<std::string, std::string>> settings;  // see WorktreeUpdate
};

struct ApplyPlan {
  ApplyKind kind = ApplyKind::nothing;
  HostRepository ours;
  Oid base;                             // what both have; zero: nothing
  Oid result;                           // the commit the branch will be at
  std::uint64_t commits = 0;            // of the session that are new to the branch
  std::vector<std::string> changed;     // paths that will differ in the user's files
  std::vector<std::string> conflicts;   // paths
  std::vector<std::string> submodules;  // among `changed`
};

// Writes into `scratch` only. Unrelated histories are an error.
[[nodiscard]] Result<ApplyPlan> plan_apply(const GitRunner& runner, const ApplyRequest& request, const Clock& clock);

// `git diff` of what would change, binary files included, as `git apply` takes it. To `out_fd`. `only`: one path;
// empty: all.
[[nodiscard]] Status write_patch(const GitRunner& runner, const ApplyRequest& request, const ApplyPlan& plan,
                                 int out_fd, const std::string& only);

struct Applied {
  std::vector<std::string> in_the_way;  // not empty: nothing was changed because of these files of the user's
};
[[nodiscard]] Result<Applied> carry_out(const GitRunner& runner, const ApplyRequest& request, const ApplyPlan& plan,
                                        const Clock& clock);

}  // namespace bailey::git

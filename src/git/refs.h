// The refs of a repository, read and written as files (gitrepository-layout(5), "files" backend), without git.
//
// How it works: a loose ref is a file below the common directory, `packed-refs` holds the others, HEAD and other
// symbolic refs say "ref: NAME". Writing follows git's own protocol, so that it is safe beside a running git: create
// NAME.lock with O_EXCL, read the current value under the lock, compare, write, fsync, rename the lock into place. What
// it relies on: the directories belong to the user or to us; a hostile repository may hold anything, so no symbolic
// link below the git directory is followed (openat2(2)), names are validated, sizes are limited.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "git/oid.h"
#include "git/repository.h"

namespace bailey::git {

inline constexpr std::size_t packed_refs_bytes_max = std::size_t{256} << 20;
inline constexpr std::size_t refs_max = 1'000'000;
inline constexpr int symbolic_depth_max = 5;  // as git

struct Ref {
  std::string name;  // "refs/heads/main"
  Oid oid;
  bool operator==(const Ref&) const = default;
};

struct Head {
  std::string ref;  // "refs/heads/main", also when that branch is unborn; empty when detached
  Oid oid;          // zero when unborn
};

struct CheckedOut {
  std::string ref;       // full name of the branch
  std::string worktree;  // git directory of the worktree that has it, for messages
};

struct RefUpdate {
  std::string ref;
  Oid expected;        // zero: must not exist
  Oid value;           // never zero: see remove()
  std::string reason;  // for the reflog, one line
};
enum class UpdateOutcome { updated, changed_meanwhile, locked };

class RefStore {
 public:
  [[nodiscard]] static Result<RefStore> open(const HostRepository& repository);

  // HEAD of the worktree at repository.git_dir.
  [[nodiscard]] Result<Head> head() const;
  // Zero when the ref does not exist. Symbolic refs are followed.
  [[nodiscard]] Result<Oid> read(std::string_view ref) const;
  // All refs below `prefix` ("refs/heads/"; "refs/"), sorted; loose over packed; broken ones left out.
  [[nodiscard]] Result<std::vector<Ref>> list(std::string_view prefix) const;
  // Branches that some worktree has checked out, or is rebasing or bisecting. A bare repository's own HEAD is none.
  [[nodiscard]] Result<std::vector<CheckedOut>> checked_out() const;
  // Object names of every worktree's HEAD (for reachability).
  [[nodiscard]] Result<std::vector<Oid>> worktree_heads() const;

  // Compare-and-swap. `changed_meanwhile` and `locked` are ordinary outcomes and have no effect; an error has none
  // either (a name that is in the way of another, a full disk). Files and directories take over owner and mode of the
  // directory they are made in, so that a shared repository stays shared and root leaves nothing of root's.
  [[nodiscard]] Result<UpdateOutcome> update(const RefUpdate& update, const Clock& clock) const;
  // Deletes a ref and its log, as git does, if it is at `ref.oid` still: for what the user wants thrown away.
  [[nodiscard]] Result<UpdateOutcome> remove(const Ref& ref) const;
  // What git notes besides when the branch that is checked out moves: a line in HEAD's log, where there is one, and
  // ORIG_HEAD, from which the user can go back.
  [[nodiscard]] Status note_head_moved(const RefUpdate& update, const Clock& clock) const;

 private:
  RefStore(HostRepository repository, Fd git_dir, Fd common_dir)
      : repository_(std::move(repository)), git_dir_(std::move(git_dir)), common_dir_(std::move(common_dir)) {}
  // Relative to the common directory: "" for its own HEAD (unless bare), "worktrees/<id>".
  [[nodiscard]] Result<std::vector<std::string>> worktree_directories() const;

  HostRepository repository_;
  Fd git_dir_;
  Fd common_dir_;
};

// The text of a packed-refs file, sorted by name. Malformed lines are errors.
[[nodiscard]] Result<std::vector<Ref>> parse_packed_refs(std::string_view text, ObjectFormat format);

}  // namespace bailey::git

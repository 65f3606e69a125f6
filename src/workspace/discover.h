// What a path on the host is: a repository, a linked worktree, a bare repository or a plain directory.
//
// No git process and no trust: the repository may have been written by an attacker. A pointer that leads out of the
// given tree (.git file, commondir, alternates) is honoured only if what it points to points back, or is unmistakably
// an object store of the same user; otherwise a downloaded directory could make us hand somebody else's objects to the
// agent, or land its work there. Follows gitrepository-layout(5) and git-worktree(1); the files are read by
// git/repository.h and git/refs.h.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/oid.h"
#include "git/refs.h"
#include "git/repository.h"

namespace bailey::workspace {

enum class SourceKind { repository, bare, directory };

struct GitFacts {
  SourceKind kind = SourceKind::directory;
  std::string top;                 // real path of what becomes /workspace; of a bare repository: its git directory
  std::string prefix;              // where the given path lies below `top`: the agent's current directory; may be empty
  git::HostRepository repository;  // empty for a plain directory
  git::Head head;                  // of this worktree
  std::vector<git::Ref> refs;      // heads, tags and remotes, sorted by name
  std::string operation;           // "merge", "rebase", … under way on the host; empty: none
  std::vector<std::string> notes;  // object stores outside the repository that the agent will be able to read

  [[nodiscard]] bool linked_worktree() const { return repository.git_dir != repository.common_dir; }
  [[nodiscard]] bool shallow() const { return !repository.shallow.empty(); }
};

// `path` may lie below the top, as with git itself. Fails for what can't be shared safely, with the remedy.
[[nodiscard]] Result<GitFacts> discover(const std::string& path);

// For a directory inside a tree: its own repository (a submodule's, an embedded one), if it has one.
[[nodiscard]] Result<std::optional<GitFacts>> read_repository_at(const std::string& directory);

}  // namespace bailey::workspace

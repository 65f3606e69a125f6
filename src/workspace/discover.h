// What a path on the host is: a repository, a linked worktree, a bare repository or a plain directory.
//
// No git process and no trust: the repository may have been written by an attacker. Everything inside the git directory
// is read by descriptor, without following symbolic links, as regular files of bounded size. A pointer that leads out
// of the given tree (.git file, commondir, alternates) is honoured only if what it points to points back, or is
// unmistakably an object store; otherwise a downloaded directory could make us hand out somebody else's objects.
// Follows gitrepository-layout(5), git-worktree(1) and "reference backends" in git-pack-refs(1).
#pragma once

#include <cstddef>
#include <string>
#include <vector>

#include "base/result.h"

namespace bailey::workspace {

enum class SourceKind { repository, bare, directory };
enum class ObjectFormat { sha1, sha256 };

struct Ref {
  std::string name;    // "refs/heads/main"
  std::string oid;     // lower-case hex
  std::string peeled;  // of an annotated tag where the host has written it down; may be empty
};

struct SymbolicRef {
  std::string name;    // "refs/remotes/origin/HEAD"
  std::string target;  // "refs/remotes/origin/main"
};

struct GitFacts {
  SourceKind kind = SourceKind::directory;
  std::string top;         // real path of what becomes /workspace; of a bare repository: its git directory
  std::string prefix;      // where the given path lies below `top`; "" at the top: the agent's current directory
  std::string git_dir;     // real path; of a linked worktree <common>/worktrees/<id>; empty for a plain directory
  std::string common_dir;  // real path; where refs and objects are, and where the agent's branch lands
  ObjectFormat object_format = ObjectFormat::sha1;
  std::string head_commit;                 // hex; empty: no commit yet
  std::string head_branch;                 // "main"; empty: detached HEAD
  std::vector<Ref> refs;                   // heads, tags and remotes, sorted by name
  std::vector<SymbolicRef> symbolic_refs;  // below refs/remotes
  std::string operation;                   // "merge", "rebase", … under way on the host; empty: none
  bool linked_worktree = false;
  bool shallow = false;
};

inline constexpr std::size_t refs_max = 1'000'000;
inline constexpr std::size_t packed_refs_bytes_max = std::size_t{256} << 20;
inline constexpr std::size_t git_file_bytes_max = std::size_t{4} << 20;  // HEAD, config, info/exclude …

// `path` may lie below the top, as with git itself. Fails for what can't be shared safely, with the remedy.
[[nodiscard]] Result<GitFacts> discover(const std::string& path);

}  // namespace bailey::workspace

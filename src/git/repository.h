// What bailey must know about a repository on the host, read from its files. No git process runs there: a repository's
// configuration can name programs, and nothing of it may run on our account (gitrepository-layout(5)).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/oid.h"

namespace bailey::git {

enum class Bareness { bare, has_worktree };
enum class ReflogPolicy { never, usual, always };  // core.logAllRefUpdates: false, true, always

struct HostRepository {
  std::string git_dir;                     // of this worktree, resolved: /src/app/.git or /src/app/.git/worktrees/x
  std::string common_dir;                  // where refs/ and objects/ are, resolved; git_dir in a plain repository
  std::vector<std::string> object_stores;  // resolved; first its own objects/, then all alternates, nested ones too
  ObjectFormat format = ObjectFormat::sha1;
  Bareness bareness = Bareness::has_worktree;
  ReflogPolicy reflogs = ReflogPolicy::usual;  // default by git's rule: usual with a worktree, never when bare
  std::string shallow;                         // text of the `shallow` file; empty for a full clone

  [[nodiscard]] const std::string& objects() const { return object_stores.front(); }
};

inline constexpr std::size_t alternates_depth_max = 5;  // as git
inline constexpr std::size_t alternates_max = 64;

// `git_dir` as given by .git (a directory or the target of a gitfile). Refused with a remedy: ref storage other than
// files (reftable), repository format versions and extensions that change the layout in a way we don't know.
[[nodiscard]] Result<HostRepository> open_host_repository(const std::string& git_dir);

// `objects_dir` and its alternates (objects/info/alternates), resolved, each one once. A missing alternate is left out,
// as git does.
[[nodiscard]] Result<std::vector<std::string>> object_stores_of(const std::string& objects_dir);

}  // namespace bailey::git

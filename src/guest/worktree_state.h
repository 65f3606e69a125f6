// What `git status --porcelain=v2 --branch -z` says (git-status(1), "Porcelain Format Version 2"), and what git is in
// the middle of.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::guest {

struct LeftOut {
  std::string path;
  std::string why;
};

struct WorktreeState {
  std::string head_oid;               // empty: unborn
  std::string head_branch;            // short; empty: detached
  std::vector<std::string> changed;   // files to save: modified, added, deleted, untracked
  std::vector<std::string> embedded;  // untracked repositories inside, without the slash
  std::vector<LeftOut> submodules;    // with changes of their own, which the branch can't carry
};
// nullopt: not understood.
[[nodiscard]] std::optional<WorktreeState> parse_status(std::string_view text);

enum class Operation { none, under_way };  // merge, rebase, cherry-pick, revert, am
[[nodiscard]] Operation operation_in(const std::string& git_dir);

// Branches whose files have been written since the start of the session (loose refs), short names, at most this many.
inline constexpr std::size_t loose_branches_max = 200;
[[nodiscard]] std::vector<std::string> loose_branches(const std::string& git_dir);

}  // namespace bailey::guest

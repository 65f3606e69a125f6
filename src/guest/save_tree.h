// The work tree as a tree object, through an index of our own: the agent's index, its lock and an unfinished merge in
// it are not touched and not in the way.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "guest/worktree_state.h"

namespace bailey::guest {

// Larger files are left out: what the host accepts in one push is limited, and one build artefact must not cost the
// rest.
inline constexpr long long file_bytes_max = 256LL << 20;
// Of one repository inside the work tree; larger ones are somebody's clone, not work.
inline constexpr std::size_t embedded_files_max = 20'000;
inline constexpr int embedded_depth_max = 4;

struct SavedTree {
  std::string tree;   // object name
  std::string index;  // path of the index that matches it; belongs to the caller, who removes or uses it
  std::vector<LeftOut> left_out;
};

// nullopt with `words` set: not even a part could be saved.
[[nodiscard]] std::optional<SavedTree> save_tree(const std::string& git_dir, const WorktreeState& state,
                                                 std::string& words);

}  // namespace bailey::guest

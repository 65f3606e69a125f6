// A look at a tree by names alone: for what must be hidden from the agent, and for how large the tree is.
//
// Reads directories, never files, and never goes into a .git. Without sizes there is no stat(2) per file: a hundred
// thousand files take a few milliseconds. Threads and openat2(2) as in copy_tree.h.
#pragma once

#include <string>

#include "base/result.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {

enum class Sizes { unknown, counted };

struct ScanRequest {
  std::string top;  // real path
  TreeRules rules;
  Sizes sizes = Sizes::unknown;
  std::size_t entries_max = std::size_t{100} << 20;  // stop looking soon after so many
  std::string cache_directory;  // where to remember what was found (scan_cache.h); empty: nowhere. Not with sizes
  std::string secret_rules;     // tells one set of secret patterns from another, for the cache
};

inline constexpr std::size_t remembered_entries_min = 5'000;  // smaller trees are read faster than remembered

// Never fails for what can't be read: that is noted.
[[nodiscard]] Result<TreeFindings> scan_tree(const ScanRequest& request);

}  // namespace bailey::workspace

// A whole tree from the host into a directory of ours.
//
// A few threads take directories from a pile (tasks.h); every directory is opened from the top by openat2(2) without
// following links, so that no path swapped during the copy leads out of the tree. Attributes of directories are set at
// the end, because creating entries changes their times and some are not writable. No .git is copied, at any depth:
// the ones found are returned, for fresh ones to be made. Files that look like secrets come last: the caller decides on
// them when all are known.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "workspace/owner.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {

struct CopyRequest {
  std::string from;  // real path of a directory
  std::string to;    // an empty directory of ours; takes over mode and time of `from`
  TreeRules rules;
  std::optional<Owner> owner;
  // Called once with what looks like a secret, if anything does: returns those to copy nevertheless.
  std::function<std::vector<std::string>(const TreeFindings& found)> wanted_secrets;
};

// Errors are the target's. What could not be read, or is no file, is in the notes.
[[nodiscard]] Result<TreeFindings> copy_tree(const CopyRequest& request);

}  // namespace bailey::workspace

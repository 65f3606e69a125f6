// Whole directories that git ignores (node_modules, target …), asked of git itself with a git directory of ours.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/runner.h"

namespace bailey::workspace {

// `git_dir`: a fresh one for the tree at `top`, with its index and excludes. The paths are relative to `top`, without a
// trailing slash; none contains a tracked file.
[[nodiscard]] Result<std::vector<std::string>> ignored_directories(const git::GitRunner& git,
                                                                   const std::string& git_dir, const std::string& top);

}  // namespace bailey::workspace

// Tracked files that could not be read on the host are not in the workspace. They must not look deleted there, or the
// agent's first `git add -A` would delete them on its branch: their index entries get the assume-valid bit, with which
// git takes a file for unchanged without looking (git-update-index(1), --assume-unchanged).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/oid.h"

namespace bailey::workspace {

// `paths`: files, and directories with everything below them, relative to the work tree. Does nothing without paths or
// without an index. The index keeps its time.
[[nodiscard]] Status assume_unchanged(const std::string& git_dir, git::ObjectFormat format,
                                      const std::vector<std::string>& paths);

}  // namespace bailey::workspace

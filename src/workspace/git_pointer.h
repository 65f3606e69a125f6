// The pointers by which one directory names another as its repository: a .git file (gitrepository-layout(5)) and
// commondir (git-worktree(1)). Whoever made the directory wrote the pointer, so it counts only when the repository that
// it leads to names the directory in turn.
#pragma once

#include <string>

#include "base/result.h"

namespace bailey::workspace {

// Real path of the git directory that the file `directory`/.git names. Accepted are linked worktrees (whose `gitdir`
// names this .git file) and separate git directories, as of submodules (whose core.worktree names `directory`).
[[nodiscard]] Result<std::string> follow_git_file(const std::string& directory);

// A .git that is a directory has its own refs and objects. With a commondir file it would use those of others.
[[nodiscard]] Status check_no_commondir(const std::string& git_dir);

}  // namespace bailey::workspace

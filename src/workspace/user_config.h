// The user's own git configuration with what it includes: git-config(1), "Includes". Of conditions only
// "gitdir:DIRECTORY/" is understood, the one that people keep their work and home identities apart with.
#pragma once

#include <string>
#include <vector>

#include "git/config_file.h"
#include "workspace/notes.h"
#include "workspace/user_home.h"

namespace bailey::workspace {

// In git's order: the last value of a name wins. `git_dir`: real path, for conditions; may be empty.
[[nodiscard]] std::vector<git::ConfigEntry> read_user_config(const UserHome& user, const std::string& git_dir,
                                                             Notes& notes);

// "~/x" below the user's home, other relative paths below `base`.
[[nodiscard]] std::string expand_path(const UserHome& user, const std::string& base, const std::string& path);

}  // namespace bailey::workspace

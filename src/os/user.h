// Who runs us and where their files are: XDG base directories, home, user name.
#pragma once

#include <sys/types.h>

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::os {

// Directories of the user, from the environment (XDG Base Directory Specification) with the usual defaults.
struct UserDirectories {
  std::string home;
  std::string config;  // $XDG_CONFIG_HOME/bailey
  std::string state;   // $XDG_STATE_HOME/bailey
  std::string cache;   // $XDG_CACHE_HOME/bailey
};

using Environment = std::function<const char*(const char* name)>;  // getenv(3) in production
// Relative XDG paths are ignored, as the specification says. Fails without HOME and without a passwd entry.
[[nodiscard]] Result<UserDirectories> user_directories(const Environment& environment);

// Subordinate id range of a user from the text of /etc/subuid or /etc/subgid (subuid(5)).
struct IdRange {
  uid_t first = 0;
  uid_t count = 0;
};
[[nodiscard]] std::vector<IdRange> subordinate_ranges(std::string_view file, std::string_view user, uid_t uid);

}  // namespace bailey::os

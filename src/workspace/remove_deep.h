// Removing a tree that an attacker made: any depth, any names, directories without permissions.
//
// rm(1) and the like hold a descriptor or a stack frame per level, so a hundred thousand directories inside each other
// can't be removed with them. Here a directory that lies too deep is first moved up to the top of the tree.
#pragma once

#include <string>

#include "base/result.h"

namespace bailey::workspace {

inline constexpr std::size_t removal_depth_max = 64;  // descriptors in use at once

// Follows no link. A path that does not exist is success; one that is no directory is removed too.
[[nodiscard]] Status remove_deep(const std::string& path);

}  // namespace bailey::workspace

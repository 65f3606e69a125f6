// lchown(2) for a tree that we made ourselves.
#pragma once

#include <string>

#include "base/result.h"
#include "workspace/owner.h"

namespace bailey::workspace {

[[nodiscard]] Status give_tree(const std::string& directory, const Owner& owner);

}  // namespace bailey::workspace

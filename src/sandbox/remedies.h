// From an errno at a stage to what the user can do about it.
#pragma once

#include <string>

#include "base/result.h"

namespace bailey::sandbox {

// Why this user can't make user namespaces, from the sysctls that can forbid it; a general hint otherwise.
[[nodiscard]] std::string user_namespace_remedy();
[[nodiscard]] Error with_clone_remedy(int error);
[[nodiscard]] Error stage_error(const std::string& stage, const std::string& detail, int error);

}  // namespace bailey::sandbox

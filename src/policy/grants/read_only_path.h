// Grant: one more directory or file of the host is visible in the sandbox, read-only, at its own path.
//
// Weakens: whatever lies below it can be read and (over an allowed network) sent away. Meant for toolchains that are
// not found on PATH. Who may give it: the user's own configuration and flags, below what the administrator permits.
#pragma once

#include <string>

namespace bailey::policy::grants {

struct ReadOnlyPath {
  std::string path;  // absolute, lexically normal; may not exist and may be a symlink: the sandbox resolves it
};

}  // namespace bailey::policy::grants

// Grant: the system call filter comes from the user's own OCI profile in place of the built-in one.
//
// Weakens: the profile may allow anything the kernel offers; only what the sandbox takes away by other means stays.
// Who may give it: the user's own configuration, flags, or the administrator (then it binds everybody).
#pragma once

#include <string>

namespace bailey::policy::grants {

struct SeccompProfile {
  std::string path;  // absolute; a JSON file in the OCI runtime format
};

}  // namespace bailey::policy::grants

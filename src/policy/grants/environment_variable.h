// Grant: a variable of the caller's environment is passed into the sandbox, on top of the built-in allow-list.
//
// Weakens: its value is the agent's from then on. Tokens live in environments: name variables, never patterns.
// Who may give it: the user's own configuration and flags, below what the administrator permits.
#pragma once

#include <string>

namespace bailey::policy::grants {

struct EnvironmentVariable {
  std::string name;  // [A-Za-z_][A-Za-z0-9_]*, never one that changes how programs load (LD_*)
};

}  // namespace bailey::policy::grants

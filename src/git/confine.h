// The runner's confinement in production: Landlock (sandbox/landlock.h), applied in the child just before exec.
#pragma once

#include "base/result.h"
#include "git/runner.h"

namespace bailey::git {

// Read and execute: the system directories git needs. Read: Reach::read_only. Write: Reach::read_write and /dev/null.
// Fails closed: without Landlock no git is started.
[[nodiscard]] Confiner landlock_confiner();

}  // namespace bailey::git

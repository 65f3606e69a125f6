// Grant: the sandbox gets the machine's GPU devices (/dev/dri, /dev/nvidia*, /dev/kfd).
//
// Weakens: the kernel's GPU drivers, large and written for trusted callers, become reachable for the agent.
// Who may give it: the user's own configuration and flags. Never a repository, and the administrator can forbid it.
#pragma once

namespace bailey::policy::grants {

struct Gpu {};

}  // namespace bailey::policy::grants

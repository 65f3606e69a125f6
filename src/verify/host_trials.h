// What can only be known by trying, each tried in a child process or a directory that is gone afterwards.
#pragma once

#include <string>

#include "verify/doctor.h"

namespace bailey::verify {

// New user, mount, pid, network, ipc and uts namespaces with the agent's ids mapped as the sandbox maps them, then a
// tmpfs and a procfs in them: a security module may allow the first and forbid the second (user_namespaces(7)).
[[nodiscard]] HostTrial try_namespaces();

// The rules that lead a session's connections to its gateway, in namespaces of their own.
[[nodiscard]] HostTrial try_packet_rules();

// Filters and the action that the sandbox's floor ends with (seccomp(2), SECCOMP_GET_ACTION_AVAIL).
[[nodiscard]] HostTrial try_seccomp();

// An overlay with userxattr in a user namespace, with layers below `directory`, and a file deleted through it. As root
// nothing is tried: sessions started as root never use one.
[[nodiscard]] HostTrial try_overlay(const std::string& directory);

// ioctl_ficlonerange(2) between two files in `directory`.
[[nodiscard]] HostTrial try_reflink(const std::string& directory);

}  // namespace bailey::verify

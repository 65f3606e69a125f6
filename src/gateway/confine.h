// The gateway locks itself in before it reads the first byte from the sandbox.
//
// What it keeps: the sockets it has, new TCP and UDP sockets to the internet, memory up to a limit, time and
// random numbers. What it loses for ever: files (Landlock refuses every one, and no call that opens any is left),
// programs and processes (exec, fork and ptrace kill it), privileges, signals to others, and every system call that is
// not on the list in confine.cc, beside the reason why it is there.
//
// Should: everything that needs a file has been done: certificates, hosts, resolver, random numbers. Mustn't: be called
// with other threads running, or be undone.
#pragma once

#include <linux/filter.h>

#include <cstddef>
#include <span>

#include "base/result.h"

namespace bailey::gateway {

inline constexpr std::size_t gateway_memory_bytes_max = std::size_t{512} << 20;

// All or an error, after which the process must end.
[[nodiscard]] Status confine();

// The system call list as it is installed, for tests.
[[nodiscard]] std::span<const sock_filter> gateway_filter();

}  // namespace bailey::gateway

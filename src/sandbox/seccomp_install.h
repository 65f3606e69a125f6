// Installing a seccomp filter: seccomp(2). For init, between clone and exec: async-signal-safe, nothing is allocated.
#pragma once

#include <linux/filter.h>

#include <cstddef>

namespace bailey::sandbox {

inline constexpr std::size_t filter_instructions_max = 4096;  // BPF_MAXINSNS

// 0 or an errno: EACCES without no_new_privs, EINVAL for a program that the kernel does not accept or that is empty or
// too long. Borrowed memory. Applies to the calling thread and its future children, for ever.
[[nodiscard]] int install_filter(const sock_filter* program, std::size_t instructions);

}  // namespace bailey::sandbox

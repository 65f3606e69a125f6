// policy/seccomp.json as BPF without the floor: written by seccomp_compiler_main.cc while bailey is built.
#pragma once

#include <linux/filter.h>

#include <cstddef>

namespace bailey::sandbox {

extern const sock_filter seccomp_default[];
extern const std::size_t seccomp_default_size;

}  // namespace bailey::sandbox

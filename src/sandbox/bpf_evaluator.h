// For tests: classic BPF run in user space, so that a filter can be tested as a value, call by call.
#pragma once

#include <linux/filter.h>
#include <linux/seccomp.h>

#include <cstdint>
#include <optional>
#include <span>

namespace bailey::sandbox {

// The filter's action for a call; nothing where the program leaves its bounds or uses an instruction that neither
// bailey nor libseccomp generates. seccomp(2), linux/Documentation/networking/filter.rst.
[[nodiscard]] std::optional<std::uint32_t> evaluate(std::span<const sock_filter> program, const seccomp_data& call);

}  // namespace bailey::sandbox

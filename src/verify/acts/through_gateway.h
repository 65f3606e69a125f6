// Ways out by name, which are the gateway's to refuse. Not part of the groups of escape acts: outside of a sandbox with
// a gateway the name leads nowhere. The control is the same act under a policy that names the target.
#pragma once

#include <span>

#include "verify/acts/act.h"

namespace bailey::verify {

[[nodiscard]] std::span<const Act> gateway_acts();  // scenarios 3, 6 and 10
[[nodiscard]] const Act* find_gateway_act(const char* name);

}  // namespace bailey::verify

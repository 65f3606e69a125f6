// What must work inside: without it a sandbox in which nothing runs at all would look perfect.
#pragma once

#include <span>

#include "verify/acts/act.h"

namespace bailey::verify {

[[nodiscard]] std::span<const Act> useful_acts();  // scenario 0; not part of the groups of escape acts
[[nodiscard]] const Act* find_useful_act(const char* name);

}  // namespace bailey::verify

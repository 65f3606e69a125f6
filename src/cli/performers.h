// What `bailey approvals approve` and the supervisor's child (`bailey __perform`) can carry out, by kind of request.
#pragma once

#include <span>
#include <string>

#include "approval/performer.h"

namespace bailey::cli {

[[nodiscard]] approval::Performers performers();

// bailey __perform SESSION-DIRECTORY N: not for people. Says on stdout how it went; 0 or 1.
[[nodiscard]] int perform_main(std::span<const std::string> arguments);

}  // namespace bailey::cli

// The plan for people and for programs: what `bailey run --dry-run [--json]` and `bailey policy show` print.
#pragma once

#include <string>

#include "json/value.h"
#include "policy/plan.h"

namespace bailey::policy {

// Stable: keys are only ever added. Every value is at the top level or in a group; "origins" has the same keys and says
// which layer set each. Sizes are bytes.
[[nodiscard]] json::Value to_json(const SessionPlan& plan);

// One line a value with its origin, then grants and notes. Safe to show on a terminal; ends with a newline.
[[nodiscard]] std::string to_text(const SessionPlan& plan);

}  // namespace bailey::policy

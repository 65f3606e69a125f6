// A report for people and for programs.
#pragma once

#include <string>

#include "json/value.h"
#include "verify/report.h"

namespace bailey::verify {

// Grouped by scenario, one line a row, a summary at the end. Nothing in it can move the cursor.
[[nodiscard]] std::string to_text(const Report& report);
// Stable: {"ok", "limits", "landlock_abi", "rows": [{"scenario", "act", "catalogue", "layer", "inside", "control",
// "ok", "applicable"}]}; "inside" and "control" are {"outcome", "errno", "detail"}, a control also has "kind" and
// "state" and is null for what must work inside (scenario 0).
[[nodiscard]] json::Value to_json(const Report& report);

}  // namespace bailey::verify

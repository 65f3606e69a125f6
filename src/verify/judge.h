// From two trials to a verdict on one guarantee: pure.
#pragma once

#include "verify/acts/act.h"
#include "verify/report.h"

namespace bailey::verify {

enum class Privilege { user, root };  // of the verification itself

// Is it worth trying the control once more as root, because this host keeps the act from its ordinary users too?
[[nodiscard]] bool wants_root(Control kind, const Trial& control);

// `control` is of the last attempt, which `by` made.
[[nodiscard]] ControlState judge_control(Control kind, const Trial& control, Privilege by);

// Holds: refused inside, and shown to succeed outside unless that is impossible here. An act that can't be tried inside
// proves nothing, unless it can't be tried anywhere on this machine.
[[nodiscard]] RowState judge_row(const Trial& inside, const Trial& control, ControlState state);

}  // namespace bailey::verify

// The rules about git of all layers as one list, first match wins: the administrator's; what the project refuses or
// asks about (it may always tighten); the user's; what else a trusted project says. Used by resolve() only.
#pragma once

#include "policy/merge.h"

namespace bailey::policy {

void merge_git_rules(const Layers& layers, SessionPlan& plan);

}  // namespace bailey::policy

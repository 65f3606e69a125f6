// The network part of resolve(): layers of rules and lists to one ordered list, and the limits.
//
// First match wins, in this order: the administrator's rules; flags; what the project blocks (it may always tighten);
// the user's rules, allow_domains and allowlist.txt; the project's other rules and lists, as far as it may; the
// manifest's hosts; the default list. The administrator's allow_domains bound what any rule of somebody else allows,
// the default list and the manifest included. Used by resolve() only.
#pragma once

#include "policy/merge.h"

namespace bailey::policy {

// After merge_list() of allow_domains.
[[nodiscard]] Status merge_network_rules(const Layers& layers, SessionPlan& plan);
[[nodiscard]] Status merge_network_limits(const Layers& layers, SessionPlan& plan);

}  // namespace bailey::policy

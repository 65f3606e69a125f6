// Secrets, tokens and the rules about credentials of all layers. Used by resolve() only.
//
// A secret is a grant of the host: only the administrator, the user and the agent's manifest can say that one is used,
// never a project, trusted or not. Of the same id the user's table replaces the manifest's, and the administrator's
// replaces both. Rules come in the order of resolve_git.h; a project's only tighten.
#pragma once

#include "policy/merge.h"

namespace bailey::policy {

[[nodiscard]] Status merge_credentials(const Layers& layers, SessionPlan& plan);

}  // namespace bailey::policy

// Grant: the session runs under the profile `trusted`, whose network is allow-all.
//
// Weakens: what the agent can read, it can send anywhere. Who may give it: the user's own configuration and flags, or
// a repository that the user trusts in its present state; below what the administrator permits.
#pragma once

namespace bailey::policy::grants {

struct TrustedProfile {};

}  // namespace bailey::policy::grants

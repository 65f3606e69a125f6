// What a plan says about the user's credentials, put together with the user's own git configuration for the supervisor.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "broker/description.h"
#include "git/guarded_remote.h"
#include "git/repository.h"
#include "os/user.h"
#include "policy/plan.h"
#include "policy/secret_names.h"
#include "session/supervisor.h"

namespace bailey::cli {

// Names of files that stay behind.
[[nodiscard]] Result<policy::SecretNames> secret_names(const policy::SessionPlan& plan);

// Secrets and tokens for the gateway, and the agent's files. Nothing is read yet.
[[nodiscard]] Result<session::CredentialPlan> credential_plan(const policy::SessionPlan& plan);
// The address of the remote that tokens are minted for; empty: there is none.
[[nodiscard]] std::string origin_of(const std::vector<git::GuardedRemote>& remotes);

// What the brokers decide by. `repository` null: the session has none on the host.
[[nodiscard]] broker::Description brokers_of(const policy::SessionPlan& plan, const git::HostRepository* repository,
                                             const os::UserDirectories& user);

}  // namespace bailey::cli

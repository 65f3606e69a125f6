// Tokens that killed sessions left behind are taken back by the commands that come after (credentials/sweep.h).
#pragma once

#include <string>

#include "os/user.h"

namespace bailey::cli {

// In a process of its own that nobody waits for. Costs one look into a directory when there is nothing to do.
void sweep_tokens_later(const os::UserDirectories& user);
// Of one session, before it is removed or started again: waits, and says on stderr when a token is left.
void sweep_tokens_of(const os::UserDirectories& user, const std::string& session);

}  // namespace bailey::cli

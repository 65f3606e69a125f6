// A session by the name that was typed, and what several commands do to one.
#pragma once

#include <string>

#include "base/result.h"
#include "os/user.h"
#include "session/protocol.h"
#include "session/registry.h"

namespace bailey::cli {

struct FoundSession {
  os::UserDirectories user;
  session::Registry registry;
  session::SessionEntry entry;
};

[[nodiscard]] Result<FoundSession> find_session(const std::string& name);

// One whose supervisor was killed: its work is saved before anything else happens to it.
[[nodiscard]] Status recover_if_interrupted(FoundSession& found);

// One in which an undo was cut off: it is finished first.
[[nodiscard]] Status finish_undo(FoundSession& found);

// Ends a running one, says on stderr what it says, and returns when its work is saved.
[[nodiscard]] Status stop_session(const session::SessionEntry& entry, session::StopMode mode);

// An ended one with its workspace and all that it left.
[[nodiscard]] Status remove_session(const session::Registry& registry, const std::string& name);

}  // namespace bailey::cli

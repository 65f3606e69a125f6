// Attaching the user's terminal or pipes to a session and telling how it ended.
#pragma once

#include "session/client.h"
#include "session/command_io.h"

namespace bailey::cli {

// Runs the client to its end and prints the closing lines to stderr. Returns the exit status of 02-interfaces.
[[nodiscard]] int attend(Fd connection, const std::string& session,
                         std::variant<session::Attach, session::Exec> request);

[[nodiscard]] session::IoKind io_of_caller();
[[nodiscard]] session::WindowSize window_of_caller();

}  // namespace bailey::cli

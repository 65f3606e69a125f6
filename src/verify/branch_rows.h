// Scenarios 4 and 5: a backdoor, and a change of what the CI runs, pushed by an agent. It must arrive on the session's
// branch and nowhere else, and the review must show it. The network's mode makes no difference to either.
//
// How it works: a host repository and a session's quarantine are made below a directory of ours. The agent's push is
// served by the code that serves a session's (git/receive.h), once to the branch of the user and once to its own. The
// control is the same push to the same branch where that is the session's own: then it moves.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "verify/report.h"

namespace bailey::verify {

// `directory`: exists, is ours, and is removed by the caller. Without git, or without Landlock to confine it, the rows
// say that they can't be tried here.
[[nodiscard]] Result<std::vector<Row>> branch_rows(const std::string& directory,
                                                   const std::function<void(std::string_view act)>& progress);

}  // namespace bailey::verify

// What a review finds in what would come into the user's files, as the gate before it takes it: the auto-executing
// class, and what the user's own git would run or obey (workspace/git_triggers.h).
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "git/apply.h"
#include "os/user.h"
#include "policy/landing_decision.h"
#include "workspace/discover.h"
#include "workspace/export.h"

namespace bailey::cli {

// Of the range from the user's commit to the result, read from `plan.ours`.
[[nodiscard]] Result<std::vector<policy::LandingFinding>> landing_findings(const git::GitRunner& runner,
                                                                           const git::ApplyPlan& plan,
                                                                           const workspace::GitFacts& facts,
                                                                           const os::UserDirectories& user);

// Of files that don't come with a commit: by their names, where they come from and where they go to, and whether they
// are programs.
[[nodiscard]] Result<std::vector<policy::LandingFinding>> export_findings(
    const std::vector<workspace::ExportedFile>& files, const std::string& to, const os::UserDirectories& user);

[[nodiscard]] workspace::UserHome user_home(const os::UserDirectories& user);

}  // namespace bailey::cli

// What the review has to say about a push to a remote, for the question that the user is asked.
#pragma once

#include <string>
#include <vector>

#include "git/publish_decision.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::cli {

// One line a finding that has to be decided on: high and critical ones, and files that are executed by themselves. A
// review that fails is a line too: then nothing is known of the commits.
[[nodiscard]] std::vector<std::string> push_findings(const git::GitRunner& runner,
                                                     const git::HostRepository& quarantine, const git::NewRange& range);

}  // namespace bailey::cli

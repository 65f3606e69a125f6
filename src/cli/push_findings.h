// What the review has to say about a push to a remote, for the question that the user is asked.
#pragma once

#include "git/remote_receive.h"

namespace bailey::cli {

// Findings: one line a finding that has to be decided on: high and critical ones, and files that are executed by
// themselves. A review that fails is a line too: then nothing is known of the commits. The rules are read and compiled
// once for all ranges that begin at the same commit.
[[nodiscard]] git::PushReview push_review();

}  // namespace bailey::cli

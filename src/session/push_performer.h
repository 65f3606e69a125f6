// Carries out a push to a remote that was approved when nobody waited for it any more: the client had gone away, the
// session had ended or its supervisor had been killed. The objects are in the session's quarantine, the remote's
// address in what it was started with.
#pragma once

#include "approval/performer.h"

namespace bailey::session {

// An approval::Performer for requests of kind "git-push".
[[nodiscard]] Status perform_git_push(const json::Value& action, const approval::PerformContext& context);

}  // namespace bailey::session

// The question that a human is asked about a push: from what the survey found. Pure.
#pragma once

#include <string>

#include "approval/request.h"
#include "git/held_push.h"
#include "git/publish_decision.h"

namespace bailey::git {

inline constexpr std::size_t asked_refs_max = 20;
inline constexpr std::size_t asked_subjects_max = 20;
inline constexpr std::size_t asked_findings_max = 15;

// `label`: of the remote's address, "github.com/o/r". Within the limits of approval/request.h.
[[nodiscard]] approval::Request push_question(const PushSummary& summary, const PublishDecision& decision,
                                              const PublishPolicy& policy, const std::string& label,
                                              const HeldPush& held);

// "push 3 commits to origin (github.com/o/r), branch claude/x", "FORCE-push …", "delete …".
[[nodiscard]] std::string title_of(const PushSummary& summary, const std::string& remote, const std::string& label);

}  // namespace bailey::git

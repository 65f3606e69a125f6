// The review of a session: its branch in its quarantine, against what the session started from. For `bailey review`,
// `bailey apply` and `bailey verify`.
#pragma once

#include <optional>
#include <string>

#include "review/review.h"
#include "review/rule_files.h"

namespace bailey::review {

struct QuarantineReviewRequest {
  std::string quarantine;  // path of quarantine.git
  std::string branch;      // short name
  git::Oid base;           // where the branch started; zero: with nothing
  RulePaths rules;
};

// nullopt: the branch has no commit, or is where it started.
[[nodiscard]] Result<std::optional<Review>> review_quarantine(const git::GitRunner& runner,
                                                              const QuarantineReviewRequest& request,
                                                              const Limits& limits = {});

}  // namespace bailey::review

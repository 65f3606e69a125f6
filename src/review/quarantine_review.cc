#include "review/quarantine_review.h"

#include "git/quarantine.h"
#include "git/ref_name.h"
#include "git/refs.h"

namespace bailey::review {

Result<std::optional<Review>> review_quarantine(const git::GitRunner& runner, const QuarantineReviewRequest& request,
                                                const Limits& limits) {
  TRY_STATUS(git::check_branch_name(request.branch));
  const auto quarantine = TRY(git::open_quarantine(request.quarantine));
  const auto refs = TRY(git::RefStore::open(quarantine));
  const git::Oid tip = TRY(refs.read(git::branch_ref(request.branch)));
  if (tip.is_zero() || tip == request.base) return std::optional<Review>();
  const auto rules = TRY(load_rules(request.rules, runner, quarantine, request.base));
  return std::optional(TRY(review(runner, quarantine, request.base, tip, rules, limits)));
}

}  // namespace bailey::review

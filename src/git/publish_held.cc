#include "git/remote_receive.h"

namespace bailey::git {

Result<PublishReport> publish_held(const RemoteRunner& remote, const std::string& quarantine, std::string_view id) {
  const auto held = TRY(load_held(quarantine, id));
  if (held.remote != remote.remote().key) return fail("carry out the held push", "it is for another remote");
  PublishReport report{.remote = remote.remote().title(), .label = remote.remote().key, .end = PublishEnd::failed};
  for (const auto& ref : held.refs) {
    const auto kind = ref.new_oid.is_zero() ? ChangeKind::remove : ChangeKind::create;
    report.summary.changes.push_back({ref.ref, ref.old_oid, ref.new_oid, kind, {}, 0});
  }
  const auto outcome = publish(remote, held);
  if (!outcome) {
    report.reason = outcome.error().why;
    return report;
  }
  report.outcome = *outcome;
  if (outcome->taken() == 0) {
    report.reason = outcome->refusals.empty() ? "there was nothing to push" : outcome->refusals.front();
    return report;
  }
  report.end = PublishEnd::published;
  TRY_STATUS(drop_held(quarantine, id));
  return report;
}

}  // namespace bailey::git

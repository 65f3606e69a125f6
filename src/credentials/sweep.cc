#include "credentials/sweep.h"

#include "audit/writer.h"
#include "credentials/token_event.h"
#include "os/files.h"

namespace bailey::credentials {
namespace {

constexpr UnixSeconds day_seconds = 24 * 60 * 60;

// Best effort: a session that was removed has no log any more. Several processes may write to one log (audit/writer.h).
void write_event(const std::string& state_directory, const TokenRecord& record, const Status& revoked,
                 SweepResult result, const Clock& clock) {
  if (!os::is_directory(record.session_directory)) return;
  auto log = audit::Writer::open(record.session_directory, os::join(state_directory, "keys"),
                                 {record.session, record.agent}, clock);
  if (!log) return;
  auto event = token_event("token_revoked", record.id, record.issuer, revoked);
  event.subject.add("after", "the session was killed");
  if (result == SweepResult::ended) event.subject.add("left", "it has ended by itself");
  if (result == SweepResult::failed) event.subject.add("left", "it is tried again");
  if (result == SweepResult::given_up) event.subject.add("left", "given up");
  if (log->append(event)) (void)log->checkpoint();
}

}  // namespace

SweepResult judge(const TokenRecord& record, const Status& revoked, UnixSeconds now) {
  if (revoked) return SweepResult::revoked;
  if (record.expires != no_expiry && record.expires <= now) return SweepResult::ended;
  if (!record.issuer.revokes()) return SweepResult::given_up;
  if (record.expires == no_expiry && record.minted + sweep_days_max * day_seconds <= now) return SweepResult::given_up;
  return SweepResult::failed;
}

SweepReport sweep_tokens(const std::string& state_directory, std::string_view session, const Revoke& revoke,
                         const Clock& clock) {
  SweepReport report;
  for (auto& [record, held] : TokenStore(state_directory).abandoned(session)) {
    const RevokeOrder order{record.issuer, {}, record.token.copy()};
    const Status revoked = revoke(order);
    const auto now = std::chrono::duration_cast<std::chrono::seconds>(clock.wall_now().time_since_epoch()).count();
    const auto result = judge(record, revoked, now);
    write_event(state_directory, record, revoked, result, clock);
    if (result == SweepResult::failed) {
      ++report.left;
      continue;
    }
    if (result == SweepResult::revoked) ++report.revoked;
    TokenStore::remove(std::move(held));
  }
  return report;
}

}  // namespace bailey::credentials

// Tokens of sessions that were killed: revoked by the next command of the user that starts, lists or removes sessions.
//
// A token that can't be revoked now stays on record and is tried again, until it has ended by itself; what has no end
// is given up after sweep_days_max. Each outcome is an event in the log of its session, where that still exists.
#pragma once

#include <functional>
#include <string>
#include <string_view>

#include "base/clock.h"
#include "credentials/token_store.h"

namespace bailey::credentials {

inline constexpr UnixSeconds sweep_days_max = 7;

enum class SweepResult { revoked, ended, failed, given_up };
// What is to become of a record, after trying to revoke its token at `now`.
[[nodiscard]] SweepResult judge(const TokenRecord& record, const Status& revoked, UnixSeconds now);

struct SweepReport {
  std::size_t revoked = 0;
  std::size_t left = 0;  // to be tried again
};
using Revoke = std::function<Status(const RevokeOrder& order)>;
[[nodiscard]] SweepReport sweep_tokens(const std::string& state_directory, std::string_view session,
                                       const Revoke& revoke, const Clock& clock);

}  // namespace bailey::credentials

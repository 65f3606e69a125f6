// What a session has had signed: one line an attempt and one line a signature, in a file of the session's directory, so
// that the limits hold over restarts and so that a commit can build on one that was signed a moment ago and that only
// the sandbox has. Pure: the text in, a decision or lines to append out.
//   "1764000000 -"                                  an attempt
//   "1764000001 3f1c…"                              a signed commit
#pragma once

#include <chrono>
#include <cstdint>
#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr std::size_t signatures_a_minute_max = 60;
inline constexpr std::size_t signatures_a_session_max = 1000;
inline constexpr std::size_t signing_ledger_bytes_max = std::size_t{1} << 20;

struct SigningLedger {
  std::size_t attempts = 0;
  std::size_t recent_attempts = 0;  // in the minute before `now`
  std::set<std::string, std::less<>> commits;
};

// An error: it was damaged, and nothing is signed any more.
[[nodiscard]] Result<SigningLedger> parse_signing_ledger(std::string_view text, std::int64_t now);
[[nodiscard]] Status check_signing_rate(const SigningLedger& ledger);
[[nodiscard]] std::string attempt_line(std::int64_t now);
[[nodiscard]] std::string signed_line(std::int64_t now, std::string_view commit);

}  // namespace bailey::credentials

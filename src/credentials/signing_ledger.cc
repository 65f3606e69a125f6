#include "credentials/signing_ledger.h"

#include <charconv>

#include "base/text.h"

namespace bailey::credentials {
namespace {
constexpr std::int64_t minute_seconds = 60;
}

Result<SigningLedger> parse_signing_ledger(std::string_view text, std::int64_t now) {
  const auto damaged = [] { return fail("read what this session has had signed", "the file is damaged"); };
  if (text.size() > signing_ledger_bytes_max) return damaged();
  SigningLedger ledger;
  for (const auto line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return damaged();
    const auto digits = line.substr(0, space);
    std::int64_t time = 0;
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), time);
    if (parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size()) return damaged();
    const auto what = line.substr(space + 1);
    if (what != "-") {
      ledger.commits.emplace(what);
      continue;
    }
    ++ledger.attempts;
    if (time > now - minute_seconds) ++ledger.recent_attempts;
  }
  return ledger;
}

Status check_signing_rate(const SigningLedger& ledger) {
  if (ledger.attempts >= signatures_a_session_max)
    return fail("sign the commit",
                "this session has had its " + std::to_string(signatures_a_session_max) + " signatures",
                "commit with --no-gpg-sign");
  if (ledger.recent_attempts >= signatures_a_minute_max)
    return fail("sign the commit", "more than " + std::to_string(signatures_a_minute_max) + " signatures in a minute",
                "wait a minute, or commit with --no-gpg-sign");
  return {};
}

std::string attempt_line(std::int64_t now) { return std::to_string(now) + " -\n"; }
std::string signed_line(std::int64_t now, std::string_view commit) {
  return std::to_string(now) + ' ' + std::string(commit) + '\n';
}

}  // namespace bailey::credentials

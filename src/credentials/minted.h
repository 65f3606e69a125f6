// A token that was made for a session, and what everybody who makes one checks.
#pragma once

#include <cstdint>
#include <string_view>

#include "base/result.h"
#include "credentials/secret_text.h"

namespace bailey::credentials {

using UnixSeconds = std::int64_t;
inline constexpr UnixSeconds no_expiry = 0;

enum class Freshness {
  fresh,  // made by this very call
  kept,   // it was good still
  none,   // there is none
};
struct Minted {
  SecretText token;
  UnixSeconds expires = no_expiry;
  Freshness freshness = Freshness::fresh;
};

inline constexpr std::size_t token_bytes_min = 8;  // shorter ones are found everywhere by chance (keep.h)
inline constexpr std::size_t token_bytes_max = std::size_t{16} << 10;
inline constexpr UnixSeconds token_lifetime_max = 400LL * 24 * 60 * 60;  // what an answer may claim

// What fits into a header: visible ASCII without spaces, within the limits.
[[nodiscard]] bool is_token(std::string_view text);
// When a token that lives until `expires` is to be replaced: after two thirds of its life, at most five minutes before
// its end, so that a request that takes its time still has a good one.
[[nodiscard]] UnixSeconds refresh_time(UnixSeconds now, UnixSeconds expires);

}  // namespace bailey::credentials

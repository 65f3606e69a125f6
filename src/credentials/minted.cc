#include "credentials/minted.h"

#include <algorithm>

namespace bailey::credentials {

bool is_token(std::string_view text) {
  return text.size() >= token_bytes_min && text.size() <= token_bytes_max &&
         std::ranges::all_of(text, [](char c) { return c > 0x20 && c < 0x7f; });
}

UnixSeconds refresh_time(UnixSeconds now, UnixSeconds expires) {
  constexpr UnixSeconds margin_max = 5 * 60;
  const UnixSeconds left = std::max<UnixSeconds>(0, expires - now);
  return std::max(now, expires - std::min(margin_max, left / 3));
}

}  // namespace bailey::credentials

#include "base/time_text.h"

#include <cstdio>
#include <ctime>

namespace bailey {

std::optional<WallTime> wall_time_of(std::string_view text) {
  std::tm parts{};
  int microseconds = 0;
  char end = 0;
  const std::string copy(text);
  if (std::sscanf(copy.c_str(), "%4d-%2d-%2dT%2d:%2d:%2d.%6d%c", &parts.tm_year, &parts.tm_mon, &parts.tm_mday,
                  &parts.tm_hour, &parts.tm_min, &parts.tm_sec, &microseconds, &end) != 8 ||
      end != 'Z')
    return std::nullopt;
  parts.tm_year -= 1900;
  parts.tm_mon -= 1;
  const WallTime time{std::chrono::seconds(::timegm(&parts)) + std::chrono::microseconds(microseconds)};
  // timegm normalises what no calendar has (month 13): only what comes back the same was a time.
  return to_rfc3339(time) == text ? std::optional(time) : std::nullopt;
}

}  // namespace bailey

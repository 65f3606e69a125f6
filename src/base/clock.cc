#include "base/clock.h"

#include <cstdio>
#include <ctime>

namespace bailey {

WallTime SystemClock::wall_now() const {
  return std::chrono::time_point_cast<std::chrono::microseconds>(std::chrono::system_clock::now());
}

SteadyTime SystemClock::steady_now() const { return std::chrono::steady_clock::now(); }

std::string to_rfc3339(WallTime time) {
  const auto seconds = std::chrono::floor<std::chrono::seconds>(time);
  const std::time_t whole = std::chrono::system_clock::to_time_t(seconds);
  std::tm parts{};
  ::gmtime_r(&whole, &parts);
  char text[64];
  std::snprintf(text, sizeof text, "%04d-%02d-%02dT%02d:%02d:%02d.%06dZ", parts.tm_year + 1900, parts.tm_mon + 1,
                parts.tm_mday, parts.tm_hour, parts.tm_min, parts.tm_sec, static_cast<int>((time - seconds).count()));
  return text;
}

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

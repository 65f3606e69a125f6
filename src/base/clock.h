// Time as an interface, so that expiry, ages and rotation can be tested without waiting.
#pragma once

#include <chrono>
#include <string>

namespace bailey {

using WallTime = std::chrono::time_point<std::chrono::system_clock, std::chrono::microseconds>;
using SteadyTime = std::chrono::steady_clock::time_point;

class Clock {
 public:
  virtual ~Clock() = default;
  // May go backwards: never subtract two of these to measure a duration.
  [[nodiscard]] virtual WallTime wall_now() const = 0;
  [[nodiscard]] virtual SteadyTime steady_now() const = 0;
};

class SystemClock final : public Clock {
 public:
  [[nodiscard]] WallTime wall_now() const override;
  [[nodiscard]] SteadyTime steady_now() const override;
};

// "2026-11-24T03:05:06.123456Z" (RFC 3339, UTC, microseconds).
[[nodiscard]] std::string to_rfc3339(WallTime time);

}  // namespace bailey

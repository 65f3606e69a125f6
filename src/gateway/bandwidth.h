// How many bytes a session may carry now: a token bucket over both directions of all its connections.
#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>

#include "base/clock.h"

namespace bailey::gateway {

inline constexpr std::size_t bandwidth_burst_bytes_min = std::size_t{64} << 10;

class Bandwidth {
 public:
  explicit Bandwidth(std::uint64_t bytes_per_second_max = 0) : bytes_per_second_(bytes_per_second_max) {}

  // 0: no limit. What was carried so far stays counted.
  void set_limit(std::uint64_t bytes_per_second_max) { bytes_per_second_ = bytes_per_second_max; }
  [[nodiscard]] bool is_limited() const { return bytes_per_second_ != 0; }
  // SIZE_MAX without a limit; 0: come again after wait().
  [[nodiscard]] std::size_t room_bytes(SteadyTime now);
  void take(std::size_t bytes);
  [[nodiscard]] std::chrono::nanoseconds wait() const;

 private:
  [[nodiscard]] double burst_bytes() const;

  std::uint64_t bytes_per_second_;
  double tokens_ = 0;
  SteadyTime filled_{};
};

}  // namespace bailey::gateway

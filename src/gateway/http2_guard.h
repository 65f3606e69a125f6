// Floods of HTTP/2 frames that cost the receiver more than the sender: resets (CVE-2023-44487), pings, settings, empty
// frames, priorities. Counted in windows of time; whoever exceeds a count is told ENHANCE_YOUR_CALM and loses the
// connection.
#pragma once

#include <chrono>
#include <cstdint>

#include "base/clock.h"

namespace bailey::gateway {

inline constexpr std::uint32_t h2_resets_per_window_max = 200;
inline constexpr std::uint32_t h2_control_frames_per_window_max = 1000;
inline constexpr std::chrono::seconds h2_guard_window(10);

class Http2Guard {
 public:
  enum class Frame { reset, control };
  // False: that was one too many.
  [[nodiscard]] bool admit(Frame frame, SteadyTime now) {
    if (now - window_start_ >= h2_guard_window) {
      window_start_ = now;
      resets_ = controls_ = 0;
    }
    if (frame == Frame::reset) return ++resets_ <= h2_resets_per_window_max;
    return ++controls_ <= h2_control_frames_per_window_max;
  }

 private:
  SteadyTime window_start_{};
  std::uint32_t resets_ = 0;
  std::uint32_t controls_ = 0;
};

}  // namespace bailey::gateway

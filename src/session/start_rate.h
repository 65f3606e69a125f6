// How often the sandbox can make the host start a process: each costs the host, outside of the session's limits.
#pragma once

#include <chrono>
#include <cstddef>

namespace bailey::session {

inline constexpr std::size_t broker_starts_a_minute_max = 600;

class StartRate {
 public:
  enum class Verdict {
    start,
    refuse_first,  // the first one too many of this minute: worth a line in the log
    refuse,
  };
  // Counted in minutes that begin with their first start.
  Verdict count(std::chrono::steady_clock::time_point now) {
    if (!any_ || now - begin_ >= std::chrono::minutes(1)) {
      begin_ = now;
      starts_ = 0;
      any_ = true;
    }
    ++starts_;
    if (starts_ <= broker_starts_a_minute_max) return Verdict::start;
    return starts_ == broker_starts_a_minute_max + 1 ? Verdict::refuse_first : Verdict::refuse;
  }

 private:
  std::chrono::steady_clock::time_point begin_;
  std::size_t starts_ = 0;
  bool any_ = false;
};

}  // namespace bailey::session

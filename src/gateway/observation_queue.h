// Observations on their way to a supervisor that may be slow. The data plane never waits for it: when the queue is
// full, what comes is counted together by kind, rule and host, and told as sums when there is room again. No I/O.
#pragma once

#include <cstddef>
#include <deque>
#include <map>
#include <optional>
#include <string>

#include "gateway/observer.h"

namespace bailey::gateway {

inline constexpr std::size_t queued_observations_max = 256;
inline constexpr std::size_t counted_observations_max = 64;  // different ones; more are counted as one

class ObservationQueue {
 public:
  void push(Observation seen);
  // nullptr: nothing is waiting. Valid until the next call of push() or pop().
  [[nodiscard]] const Observation* front() const;
  void pop();

 private:
  std::deque<Observation> queue_;
  std::map<std::string, Observation> sums_;  // by what they have in common
};

}  // namespace bailey::gateway

#include "gateway/bandwidth.h"

#include <algorithm>

namespace bailey::gateway {
namespace {

// A share worth a system call; less would be many small ones.
constexpr double useful_bytes = 4096;

}  // namespace

double Bandwidth::burst_bytes() const {
  return std::max(static_cast<double>(bytes_per_second_) / 8, static_cast<double>(bandwidth_burst_bytes_min));
}

std::size_t Bandwidth::room_bytes(SteadyTime now) {
  if (!is_limited()) return SIZE_MAX;
  const double seconds = filled_ == SteadyTime{} ? 3600 : std::chrono::duration<double>(now - filled_).count();
  tokens_ = std::min(burst_bytes(), tokens_ + seconds * static_cast<double>(bytes_per_second_));
  filled_ = now;
  return tokens_ < useful_bytes ? 0 : static_cast<std::size_t>(tokens_);
}

void Bandwidth::take(std::size_t bytes) {
  if (is_limited()) tokens_ -= static_cast<double>(bytes);
}

std::chrono::nanoseconds Bandwidth::wait() const {
  if (!is_limited()) return {};
  const double seconds = std::max(0.0, useful_bytes - tokens_) / static_cast<double>(bytes_per_second_);
  return std::chrono::duration_cast<std::chrono::nanoseconds>(std::chrono::duration<double>(seconds)) +
         std::chrono::milliseconds(1);
}

}  // namespace bailey::gateway

#include "gateway/observation_queue.h"

namespace bailey::gateway {
namespace {

std::string key_of(const Observation& seen) {
  return std::to_string(static_cast<int>(seen.what)) + (seen.allowed ? '+' : '-') + seen.rule + '\n' + seen.host +
         '\n' + seen.secret;
}

// What differs between those counted together is left out.
void add(Observation& sum, const Observation& seen) {
  sum.bytes_out += seen.bytes_out;
  sum.bytes_in += seen.bytes_in;
  sum.ms += seen.ms;
  sum.count += seen.count;
  if (sum.port != seen.port) sum.port = 0;
  if (sum.path != seen.path) sum.path.clear();
  if (sum.method != seen.method) sum.method.clear();
  if (sum.status != seen.status) sum.status = 0;
  if (sum.reason != seen.reason) sum.reason.clear();
  if (sum.host != seen.host) sum.host = "*";
  sum.asks = sum.asks && seen.asks && sum.host == seen.host;
  if (sum.secret != seen.secret) sum.secret = "*";
  if (sum.rule != seen.rule) sum.rule.clear();
  if (sum.protocol != seen.protocol) sum.protocol.clear();
  if (sum.learned_from != seen.learned_from) sum.learned_from.clear();
}

}  // namespace

void ObservationQueue::push(Observation seen) {
  if (queue_.size() < queued_observations_max) {
    queue_.push_back(std::move(seen));
    return;
  }
  std::string key = key_of(seen);
  if (sums_.size() >= counted_observations_max && !sums_.contains(key)) {
    // An alarm is never counted among what is none.
    key = seen.allowed ? "+" : "-";
    if (is_about_secret(seen.what)) key += std::to_string(static_cast<int>(seen.what));
  }
  const auto [sum, is_first] = sums_.try_emplace(std::move(key), seen);
  if (!is_first) add(sum->second, seen);
}

const Observation* ObservationQueue::front() const {
  if (!queue_.empty()) return &queue_.front();
  return sums_.empty() ? nullptr : &sums_.begin()->second;
}

void ObservationQueue::pop() {
  if (!queue_.empty()) queue_.pop_front();
  else if (!sums_.empty()) sums_.erase(sums_.begin());
}

}  // namespace bailey::gateway

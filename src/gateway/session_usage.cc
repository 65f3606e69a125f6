#include "gateway/session_usage.h"

#include <chrono>

namespace bailey::gateway {
namespace {

constexpr std::chrono::minutes one_minute{1};

std::string limit_text(std::uint32_t count, std::string_view what) {
  return "the limit of " + std::to_string(count) + ' ' + std::string(what) + " is reached; try again later";
}

}  // namespace

bool SessionUsage::Minute::take(SteadyTime now, std::uint32_t requests_max) {
  if (now - begin >= one_minute) *this = {.begin = now, .requests = 0};
  if (requests >= requests_max) return false;
  ++requests;
  return true;
}

SessionUsage::Host* SessionUsage::host_of(const std::string& host, SteadyTime now) {
  const auto found = hosts_.find(host);
  if (found != hosts_.end()) return &found->second;
  if (hosts_.size() >= counted_hosts_max) {
    std::erase_if(hosts_, [now](const auto& entry) {
      return entry.second.connections == 0 && now - entry.second.minute.begin >= one_minute;
    });
    if (hosts_.size() >= counted_hosts_max) return nullptr;
  }
  return &hosts_[host];
}

std::optional<std::string> SessionUsage::open(const std::string& host, SteadyTime now, const NetworkLimits& limits) {
  if (connections_ >= limits.connections_max) return limit_text(limits.connections_max, "connections of a session");
  Host* const counted = host_of(host, now);
  if (counted == nullptr) return limit_text(counted_hosts_max, "hosts a minute");
  if (counted->connections >= limits.connections_per_host_max)
    return limit_text(limits.connections_per_host_max, "connections to " + host);
  if (auto why = request(host, now, limits)) return why;
  ++counted->connections;
  ++connections_;
  return std::nullopt;
}

void SessionUsage::close(const std::string& host) {
  const auto found = hosts_.find(host);
  if (found == hosts_.end() || found->second.connections == 0) return;
  --found->second.connections;
  --connections_;
}

std::optional<std::string> SessionUsage::request(const std::string& host, SteadyTime now, const NetworkLimits& limits) {
  Host* const counted = host_of(host, now);
  if (counted == nullptr) return limit_text(counted_hosts_max, "hosts a minute");
  if (!counted->minute.take(now, limits.requests_per_minute_per_host_max))
    return limit_text(limits.requests_per_minute_per_host_max, "requests a minute to " + host);
  if (!minute_.take(now, limits.requests_per_minute_max))
    return limit_text(limits.requests_per_minute_max, "requests a minute of a session");
  return std::nullopt;
}

}  // namespace bailey::gateway

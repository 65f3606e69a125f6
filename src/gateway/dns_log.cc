#include "gateway/dns_log.h"

#include <algorithm>
#include <utility>

namespace bailey::gateway {
namespace {

constexpr std::string_view all_domains = "*";

// The last two labels. For names below a public suffix such as co.uk that is too much, which costs detail in a log
// and nothing else.
std::string domain_of(std::string_view host) {
  const auto last = host.rfind('.');
  if (last == std::string_view::npos || last == 0) return std::string(host);
  const auto before = host.rfind('.', last - 1);
  return std::string(before == std::string_view::npos ? host : host.substr(before + 1));
}

std::string key_of(const Observation& observation) {
  const char kind = observation.what == Seen::limit ? '!' : observation.allowed ? '+' : '-';
  return (kind + observation.host).append(observation.secret.empty() ? "" : "\n").append(observation.secret);
}

}  // namespace

bool DnsLog::Bucket::take(double burst, double per_second, SteadyTime now) {
  const std::chrono::duration<double> passed = now - std::exchange(filled, now);
  tokens = tokens < 0 ? burst : std::min(burst, tokens + std::max(0.0, passed.count()) * per_second);
  if (tokens < 1) return false;
  tokens -= 1;
  return true;
}

DnsLog::Parent& DnsLog::all_parents() {
  Parent& all = parents_[std::string(all_domains)];
  all.shown = all_domains;
  all.quiet_periods = 0;
  return all;
}

DnsLog::Parent& DnsLog::parent_of(std::string_view host) {
  const std::string domain = domain_of(host);
  auto entry = parents_.find(domain);
  if (entry == parents_.end()) {
    if (parents_.size() >= log_parents_max) return all_parents();
    entry = parents_.emplace(domain, Parent{}).first;
    entry->second.shown = "*." + domain;
  }
  entry->second.quiet_periods = 0;
  return entry->second;
}

void DnsLog::note(Observation observation, SteadyTime now) {
  std::string key = key_of(observation);
  // An alarm waits for no bucket, which other names may have emptied.
  if (is_about_secret(observation.what) && !told_.contains(key)) {
    told_.insert(std::move(key));
    return observer_.seen(std::move(observation));
  }
  Parent& parent = parent_of(observation.host);
  if (told_.contains(key)) {
    // An allowed name asked for again is the normal course of things: its connections are logged.
    if (!observation.allowed) withhold(parent, std::move(observation));
    return;
  }
  if (observation.allowed) {
    if (!parent.allowed.take(allowed_names_per_parent_burst, allowed_names_per_parent_per_second, now))
      return withhold(parent, std::move(observation));
  } else if (!parent.blocked.take(blocked_names_per_parent_burst, blocked_names_per_parent_per_second, now)) {
    tell_limit(parent, observation);
    return withhold(parent, std::move(observation));
  } else if (!all_blocked_.take(blocked_names_burst, blocked_names_per_second, now)) {
    tell_limit(all_parents(), observation);
    return withhold(all_parents(), std::move(observation));
  }
  if (told_.size() >= told_names_max) told_.clear();
  told_.insert(std::move(key));
  observer_.seen(std::move(observation));
}

void DnsLog::withhold(Parent& parent, Observation observation) {
  const std::uint64_t count = parent.withheld.host.empty() ? 1 : parent.withheld.count + 1;
  parent.withheld = std::move(observation);
  parent.withheld.host = parent.shown;
  parent.withheld.asks = false;  // about no name in particular
  parent.withheld.count = count;
}

void DnsLog::tell_limit(Parent& parent, const Observation& cause) {
  if (std::exchange(parent.limit_told, true)) return;
  observer_.seen({.what = Seen::limit,
                  .rule = cause.rule,
                  .reason = "many different names were asked for, as a DNS tunnel does: the next ones are counted only",
                  .host = parent.shown,
                  .learned_from = "dns",
                  .protocol = cause.protocol});
}

void DnsLog::summarise() {
  std::size_t summaries = 0;
  Observation rest;
  rest.count = 0;
  for (auto entry = parents_.begin(); entry != parents_.end();) {
    Parent& parent = entry->second;
    if (!parent.withheld.host.empty()) {
      Observation withheld = std::exchange(parent.withheld, {});
      if (++summaries <= log_summaries_max) {
        observer_.seen(std::move(withheld));
      } else {
        const std::uint64_t count = rest.count + withheld.count;
        rest = std::move(withheld);
        rest.host = all_domains;
        rest.count = count;
      }
    }
    parent.limit_told = false;
    const bool forgotten = parent.quiet_periods++ >= log_parent_quiet_periods_max;
    entry = forgotten ? parents_.erase(entry) : std::next(entry);
  }
  if (rest.count > 0) observer_.seen(std::move(rest));
}

}  // namespace bailey::gateway

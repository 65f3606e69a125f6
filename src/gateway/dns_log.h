// Which questions are told to the observer, so that neither a busy program nor one that tunnels data through names
// floods the log.
//
// How it works. A name is told when it is asked for the first time (again when the policy's answer has changed). New
// names come out of token buckets: one per parent domain and one for all blocked names. What finds its bucket empty,
// and blocked names asked for again, are counted per parent domain and told in summaries ("*.evil.example", count). The
// moment a parent's bucket runs dry is told as a limit: many different names below one domain is what a DNS tunnel
// looks like. Nothing here grows with what the sandbox asks.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <unordered_set>

#include "base/clock.h"
#include "gateway/observer.h"

namespace bailey::gateway {

inline constexpr double blocked_names_per_parent_burst = 20;
inline constexpr double blocked_names_per_parent_per_second = 0.1;
inline constexpr double blocked_names_burst = 200;
inline constexpr double blocked_names_per_second = 2;
inline constexpr double allowed_names_per_parent_burst = 1024;
inline constexpr double allowed_names_per_parent_per_second = 10;
inline constexpr std::size_t told_names_max = 16384;  // then all are forgotten, and told again as the buckets allow
inline constexpr std::size_t log_parents_max = 1024;  // more are counted together
inline constexpr std::size_t log_summaries_max = 32;  // per summarise(); the rest comes as one
inline constexpr std::chrono::seconds log_summary_period{60};
// By then a parent's bucket is full again: forgetting it gives nothing away.
inline constexpr unsigned log_parent_quiet_periods_max = 4;

class DnsLog {
 public:
  explicit DnsLog(Observer& observer) : observer_(observer) {}
  ~DnsLog() { summarise(); }
  DnsLog(const DnsLog&) = delete;
  DnsLog& operator=(const DnsLog&) = delete;

  void note(Observation observation, SteadyTime now);
  // Tells what was only counted so far. To be called every log_summary_period.
  void summarise();

 private:
  struct Bucket {
    double tokens = -1;  // below zero: not used yet
    SteadyTime filled{};
    [[nodiscard]] bool take(double burst, double per_second, SteadyTime now);
  };
  struct Parent {
    Bucket allowed;
    Bucket blocked;
    std::string shown;           // "*.evil.example"
    bool limit_told = false;     // since the last summary
    unsigned quiet_periods = 0;  // summaries since it was last asked for
    Observation withheld;        // the last of them, with the count of all
  };

  Parent& parent_of(std::string_view host);
  Parent& all_parents();
  void withhold(Parent& parent, Observation observation);
  void tell_limit(Parent& parent, const Observation& cause);

  Observer& observer_;
  std::unordered_set<std::string> told_;
  std::unordered_map<std::string, Parent> parents_;
  Bucket all_blocked_;
};

}  // namespace bailey::gateway

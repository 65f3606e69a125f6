// What a session uses of the network, against its limits: connections, requests a minute, uploads. No I/O.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <unordered_map>

#include "base/clock.h"
#include "gateway/network_policy.h"
#include "gateway/tunnel.h"

namespace bailey::gateway {

inline constexpr std::size_t counted_hosts_max = 65536;

class SessionUsage {
 public:
  // Counts a connection; a reason when it must not be made (nothing is counted then). A connection is a request too.
  [[nodiscard]] std::optional<std::string> open(const std::string& host, SteadyTime now, const NetworkLimits& limits);
  void close(const std::string& host);
  // The same for a request on a connection that is open.
  [[nodiscard]] std::optional<std::string> request(const std::string& host, SteadyTime now,
                                                   const NetworkLimits& limits);
  [[nodiscard]] UploadBudget& uploads() { return uploads_; }
  [[nodiscard]] std::size_t connections() const { return connections_; }
  [[nodiscard]] std::size_t counted_hosts() const { return hosts_.size(); }

 private:
  struct Minute {
    SteadyTime begin{};
    std::uint32_t requests = 0;
    [[nodiscard]] bool take(SteadyTime now, std::uint32_t requests_max);
  };
  struct Host {
    std::uint32_t connections = 0;
    Minute minute;
  };
  [[nodiscard]] Host* host_of(const std::string& host, SteadyTime now);

  std::unordered_map<std::string, Host> hosts_;
  Minute minute_;
  std::size_t connections_ = 0;
  UploadBudget uploads_;
};

}  // namespace bailey::gateway

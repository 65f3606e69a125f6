// The session's gateway as a process: started before the sandbox, given its texts, then the sandbox's sockets.
//
// How it works. bailey-gateway gets one SOCK_SEQPACKET link and nothing else: no environment, no descriptor, as root
// not even root's uid. It confines itself before it answers `ready` (gateway/confine.h). What it reports is decoded by
// gateway/link_protocol.h, strictly: it has read hostile bytes and is trusted no more than that. When it ends without
// having been told to, on_end says so once; its owner may start another one with the sockets that it kept.
#pragma once

#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "event/loop.h"
#include "gateway/link_protocol.h"
#include "os/process.h"
#include "sandbox/plan.h"

namespace bailey::session {

// What the gateway needs of the host, read by the supervisor because the gateway has no files.
struct GatewayTexts {
  std::string policy;  // gateway/plan_rules.h
  std::string resolv_conf;
  std::string hosts;
  std::string ca_bundle;        // PEM
  std::string proxy_variables;  // "https_proxy=…" a line
  std::string keep = {};        // credentials/keep.h: encode(); whoever made it wipes it
};

class GatewayProcess {
 public:
  struct Handlers {
    std::function<void(gateway::Observation)> on_observed;
    std::function<void(const std::string& why)> on_end;
  };
  // `ids`: whom it runs as when we are root. It waits for configure().
  [[nodiscard]] static Result<std::unique_ptr<GatewayProcess>> spawn(event::Loop& loop, const std::string& program,
                                                                     const std::optional<sandbox::HostIds>& ids,
                                                                     Handlers handlers);
  [[nodiscard]] Status configure(const GatewayTexts& texts, gateway::NameTable::Start names);
  // Blocks until it is confined; the PEM of the session's CA.
  [[nodiscard]] Result<std::string> wait_until_ready();
  // `sockets` by init::Listener, borrowed.
  [[nodiscard]] Status listen(const std::vector<Fd>& sockets);
  [[nodiscard]] Status set_policy(const std::string& text);
  // `text` of credentials::encode(): the secrets from now on, in open connections too. Whoever made it wipes it.
  [[nodiscard]] Status set_keep(const std::string& text);
  [[nodiscard]] pid_t pid() const { return process_.pid(); }
  // Lets it report what is left, at most for gateway_end_time_max.
  void stop();

 private:
  GatewayProcess(event::Loop& loop, Handlers handlers) : loop_(loop), handlers_(std::move(handlers)) {}
  void on_readable();
  void end(const std::string& why);

  event::Loop& loop_;
  Handlers handlers_;
  os::Child process_;
  Fd link_;
  event::Watch watch_;
};

inline constexpr std::chrono::milliseconds gateway_ready_time_max{10'000};
inline constexpr std::chrono::milliseconds gateway_end_time_max{500};

}  // namespace bailey::session

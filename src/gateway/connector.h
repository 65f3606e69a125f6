// Connections to the internet: a name resolved, every address judged when it is connected to, the first that answers.
//
// How it works. Addresses are tried one after the other, a new one every 250 ms or as soon as one has failed, until one
// answers (RFC 8305 in little). Where the host has to use a proxy, the connection goes to that instead and asks it for
// a tunnel; the proxy then resolves the name, so only literals can be judged here.
#pragma once

#include <chrono>
#include <functional>
#include <list>
#include <memory>
#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "event/loop.h"
#include "gateway/authority.h"
#include "gateway/host_proxy.h"
#include "gateway/network_policy.h"
#include "gateway/resolver.h"

namespace bailey::gateway {

inline constexpr std::chrono::milliseconds next_address_after{250};
inline constexpr std::chrono::seconds connect_seconds_max{15};  // resolving and the host's proxy included
inline constexpr std::size_t addresses_tried_max = 8;

struct Upstream {
  Fd socket;
  std::string already_read;  // what it sent behind a proxy's answer
};
// Error::code EACCES: the addresses are not allowed.
using Connected = std::function<void(Result<Upstream>)>;

// One attempt. Destroying it gives up.
class Connecting {
 public:
  Connecting(event::Loop& loop, Resolver& resolver, const HostProxy* proxy, Authority authority, Verdict verdict,
             Connected on_connected);
  Connecting(const Connecting&) = delete;
  Connecting& operator=(const Connecting&) = delete;

 private:
  struct Trial {
    Fd socket;
    event::Watch watch;
  };
  void start();
  void on_addresses(Result<std::vector<IpAddress>> resolved);
  void try_next();
  void on_answer(std::list<Trial>::iterator trial);
  [[nodiscard]] Status check_peer(int socket) const;
  void ask_proxy(Fd socket);
  void on_proxy_readable();
  [[nodiscard]] Error not_allowed(std::string why) const;
  void failed(Error error);
  void finish(Result<Upstream> result);

  event::Loop& loop_;
  Resolver& resolver_;
  const HostProxy* proxy_;
  Authority authority_;
  Verdict verdict_;
  Connected on_connected_;
  std::shared_ptr<Resolved> ticket_;
  std::vector<IpAddress> addresses_;
  std::size_t next_ = 0;
  std::list<Trial> trials_;
  Error last_error_;
  Fd proxy_socket_;
  std::string proxy_answer_;
  event::Watch proxy_watch_;
  event::Timer start_timer_;
  event::Timer next_timer_;
  event::Timer deadline_;
};

class Connector {
 public:
  // `loop` and `resolver` outlive it and its connections.
  Connector(event::Loop& loop, Resolver& resolver, HostProxies proxies)
      : loop_(loop), resolver_(resolver), proxies_(std::move(proxies)) {}
  // `on_connected` is called once, from the loop, and may destroy what was returned.
  [[nodiscard]] std::unique_ptr<Connecting> connect(const Authority& authority, const Verdict& verdict,
                                                    Connected on_connected) {
    return std::make_unique<Connecting>(loop_, resolver_, proxies_.proxy_for(authority), authority, verdict,
                                        std::move(on_connected));
  }

 private:
  event::Loop& loop_;
  Resolver& resolver_;
  HostProxies proxies_;
};

}  // namespace bailey::gateway

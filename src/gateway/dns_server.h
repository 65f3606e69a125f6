// The gateway's DNS server on sockets that were made in the sandbox's network namespace (docs/design/gateway.md).
//
// How it works. Every socket is served a bounded share per round of the loop, so that a flood on one of them delays the
// others and nothing else. Answers to datagrams go out of the socket that the query came in on: where the query was
// redirected from another address, the kernel's connection tracking writes that address into the answer. An answer
// that the socket's buffer does not take is dropped, as the network may do. When all TCP connections are taken, the one
// that was quiet for longest gives way to a new one.
//
// What it relies on. UDP sockets are bound, TCP sockets listen. The policy may change between two queries.
#pragma once

#include <list>
#include <memory>
#include <vector>

#include "event/loop.h"
#include "gateway/dns_connection.h"

namespace bailey::gateway {

inline constexpr std::size_t dns_connections_max = 64;
inline constexpr std::size_t dns_datagrams_per_round_max = 64;
inline constexpr std::size_t dns_accepts_per_round_max = 16;
// Out of descriptors or memory: how long a listener rests instead of waking the loop again and again.
inline constexpr std::chrono::milliseconds dns_accept_pause{100};

struct DnsSockets {
  std::vector<Fd> udp;
  std::vector<Fd> tcp;
};

class DnsServer {
 public:
  // `names` and `observer` are borrowed and outlive the server. Makes the sockets non-blocking.
  [[nodiscard]] static Result<std::unique_ptr<DnsServer>> open(event::Loop& loop, DnsSockets sockets, DecideName decide,
                                                               NameTable& names, Observer& observer,
                                                               ForbidName forbid = {});
  DnsServer(const DnsServer&) = delete;
  DnsServer& operator=(const DnsServer&) = delete;

  [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }

 private:
  using Connections = std::list<std::unique_ptr<DnsConnection>>;
  struct Socket {
    Fd fd;
    event::Watch watch;
    event::Timer rest;
  };

  DnsServer(event::Loop& loop, DecideName decide, NameTable& names, Observer& observer, ForbidName forbid)
      : loop_(loop), responder_(std::move(decide), names, observer, std::move(forbid)) {}
  Status serve_datagrams(Fd fd);
  Status listen(Fd fd);
  void answer_datagrams(int socket);
  void accept(Socket& listener);
  void adopt(Fd socket);
  void remove(Connections::iterator connection);

  event::Loop& loop_;
  DnsResponder responder_;
  std::list<Socket> sockets_;
  Connections connections_;
  event::Timer summaries_;
};

}  // namespace bailey::gateway

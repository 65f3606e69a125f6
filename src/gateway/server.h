// The gateway as a whole: listeners, DNS, connections, and the policy that they all follow.
//
// Everything it works with is made before the process locks itself in (confine.h); listeners arrive afterwards.
#pragma once

#include <list>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "gateway/connection.h"
#include "gateway/dns_server.h"
#include "gateway/listener.h"
#include "gateway/name_table.h"
#include "gateway/original_destination.h"
#include "gateway/services.h"

namespace bailey::gateway {

struct NamedSocket {
  std::string name;  // of listener_names
  Fd socket;
};

class Server {
 public:
  // All borrowed, and they outlive it. `destination` is original_destination() but for tests.
  Server(event::Loop& loop, Observer& observer, Connector& connector, TlsServices& tls, NetworkPolicy policy,
         NameTable::Start names, OriginalDestination destination = original_destination);
  Server(const Server&) = delete;
  Server& operator=(const Server&) = delete;

  [[nodiscard]] Status listen(std::vector<NamedSocket> sockets);
  // For new and for open connections.
  void set_policy(NetworkPolicy policy);
  // For new requests, in open connections too.
  void set_keep(credentials::Keep keep);
  // The session is over: nothing is accepted any more, what is open ends, and all of it is told.
  void close();
  [[nodiscard]] std::size_t connection_count() const { return connections_.size(); }
  [[nodiscard]] NameTable& names() { return names_; }
  [[nodiscard]] const Services& services() const { return services_; }

 private:
  using Connections = std::list<std::unique_ptr<Connection>>;
  void accept(Fd client, Entrance entrance);
  void begin_transparent(Connection& connection, int socket);
  void apply_limits();
  void review_connections();
  [[nodiscard]] std::optional<Observation> secret_in_name(std::string_view name) const;

  NameTable names_;
  OriginalDestination destination_;
  Services services_;
  std::unique_ptr<DnsServer> dns_;
  Connections connections_;
  std::vector<std::unique_ptr<Listener>> listeners_;
};

}  // namespace bailey::gateway

#include "gateway/server.h"

#include <sys/socket.h>

#include "gateway/host_name.h"

namespace bailey::gateway {
namespace {

// Accepted connections that have not said yet whom they want count as well; beyond twice the limit they are not even
// listened to.
constexpr std::size_t unintroduced_factor = 2;

}  // namespace

Server::Server(event::Loop& loop, Observer& observer, Connector& connector, TlsServices& tls, NetworkPolicy policy,
               NameTable::Start names, OriginalDestination destination)
    : names_(names),
      destination_(std::move(destination)),
      services_{.loop = loop,
                .observer = observer,
                .connector = connector,
                .tls = tls,
                .policy = std::move(policy),
                .keep = std::make_shared<const KeepIndex>()} {
  apply_limits();
}

void Server::apply_limits() {
  const NetworkLimits& limits = services_.policy.limits();
  services_.usage.uploads().bytes_max = limits.upload_session_bytes_max;
  services_.bandwidth.set_limit(limits.bytes_per_second_max);
}

Status Server::listen(std::vector<NamedSocket> sockets) {
  DnsSockets dns;
  for (auto& [name, socket] : sockets) {
    if (name.starts_with("dnstcp")) {
      dns.tcp.push_back(std::move(socket));
    } else if (name.starts_with("dns")) {
      dns.udp.push_back(std::move(socket));
    } else {
      const Entrance entrance = name == "proxy"   ? Entrance::proxy
                                : name == "socks" ? Entrance::socks
                                                  : Entrance::transparent;
      listeners_.push_back(TRY(Listener::open(services_.loop, std::move(socket),
                                              [this, entrance](Fd client) { accept(std::move(client), entrance); })));
    }
  }
  if (dns.udp.empty() && dns.tcp.empty()) return {};
  dns_ = TRY(DnsServer::open(
      services_.loop, std::move(dns), [this](std::string_view host) { return services_.policy.decide_name(host); },
      names_, services_.observer, [this](std::string_view name) { return secret_in_name(name); }));
  return {};
}

void Server::accept(Fd client, Entrance entrance) {
  if (connections_.size() >= unintroduced_factor * services_.policy.limits().connections_max) {
    services_.observer.seen({.what = Seen::limit, .rule = "gateway", .reason = "too many connections at once"});
    return;
  }
  const int socket = client.get();
  const auto place = connections_.insert(connections_.end(), nullptr);
  *place = std::make_unique<Connection>(services_, std::move(client), entrance, [this, place](Connection&) {
    services_.loop.dispose(std::move(*place));
    connections_.erase(place);
  });
  if (entrance == Entrance::transparent) begin_transparent(**place, socket);
  else (*place)->listen();
}

void Server::begin_transparent(Connection& connection, int socket) {
  const auto wanted = destination_(socket);
  if (!wanted) return connection.refuse_unknown("", 0, "a connection to the gateway's own socket");
  const std::string literal = host_of(wanted->address).text;
  if (classify(wanted->address) == AddressClass::loopback)
    return connection.refuse_unknown(literal, wanted->port, "loopback addresses are the sandbox's own");
  if (!NameTable::is_synthetic(wanted->address))
    return connection.begin(
        {.host = literal, .port = wanted->port, .learned_from = LearnedFrom::address, .is_literal = true});
  const auto name = names_.name_of(wanted->address);
  if (!name) return connection.refuse_unknown(literal, wanted->port, "an address that no name was given to");
  connection.begin({.host = std::string(*name), .port = wanted->port, .learned_from = LearnedFrom::dns});
}

void Server::set_policy(NetworkPolicy policy) {
  services_.policy = std::move(policy);
  apply_limits();
  review_connections();
}

void Server::set_keep(credentials::Keep keep) {
  services_.keep = std::make_shared<const KeepIndex>(std::move(keep));
  review_connections();
}

std::optional<Observation> Server::secret_in_name(std::string_view name) const {
  const auto sighting = services_.keep->canaries().find_in_name(name);
  if (!sighting) return std::nullopt;
  const auto refusal = misplaced(*services_.keep, *sighting, "a name that was asked for");
  const std::string& id = services_.keep->secret(sighting->secret).id;
  return Observation{.what = refusal.what,
                     .rule = "secret:" + id,
                     .reason = refusal.why,
                     .host = "(a name with a secret's placeholder)",
                     .learned_from = std::string(to_string(LearnedFrom::dns)),
                     .secret = id};
}

void Server::review_connections() {
  for (auto next = connections_.begin(); next != connections_.end();) {
    const auto current = next++;  // it may end
    if (*current) (*current)->review();
  }
}

void Server::close() {
  listeners_.clear();
  dns_.reset();  // tells what it has only counted
  for (auto next = connections_.begin(); next != connections_.end();) {
    const auto current = next++;  // it ends
    if (*current) (*current)->close();
  }
}

}  // namespace bailey::gateway

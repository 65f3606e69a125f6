#include "gateway/inspected_client.h"

#include <algorithm>

#include "gateway/kept_request.h"
#include "gateway/plain_transport.h"
#include "gateway/refusal.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view only_http1 = "\x08http/1.1";

}  // namespace

Status InspectedClient::start_tls(Fd client, std::string first_bytes) {
  auto lower =
      TRY(PlainTransport::open(services_.loop, std::move(client), inspected_queue_bytes_max, std::move(first_bytes)));
  client_tls_ = TRY(TlsTransport::accept(services_.loop, services_.tls.towards_sandbox(), services_.tls.authority(),
                                         authority_.host, std::move(lower),
                                         [this](Result<std::string> ready) { on_client_ready(std::move(ready)); }));
  handshake_deadline_ = services_.loop.after(std::chrono::seconds(services_.policy.limits().header_seconds_max),
                                             [this] { end("the TLS handshake took too long"); });
  return {};
}

Status InspectedClient::start_plain(Fd client, std::string first_bytes, std::string_view protocol) {
  auto transport =
      TRY(PlainTransport::open(services_.loop, std::move(client), inspected_queue_bytes_max, std::move(first_bytes)));
  return serve(std::move(transport), protocol, "http");
}

void InspectedClient::on_client_ready(Result<std::string> protocol) {
  handshake_deadline_.reset();
  if (!protocol) return end("the TLS handshake failed: " + protocol.error().why);
  if (auto status = serve(std::move(client_tls_), *protocol, "https"); !status) end(status.error().why);
}

Status InspectedClient::serve(std::unique_ptr<Transport> client, std::string_view protocol, std::string scheme) {
  scheme_ = std::move(scheme);
  const NetworkLimits& limits = services_.policy.limits();
  connection_ = TRY(InspectedConnection::start(services_.loop, std::move(client), protocol,
                                               {.authority = authority_,
                                                .scheme = scheme_,
                                                .header_seconds_max = limits.header_seconds_max,
                                                .idle_seconds_max = limits.idle_seconds_max},
                                               hooks(), services_.observer));
  return {};
}

InspectionHooks InspectedClient::hooks() {
  InspectionHooks hooks;
  hooks.decide = [this](std::string_view method, std::string_view path) { return decide(method, path); };
  hooks.open_upstream = [this](UpstreamProtocols protocols, UpstreamOpened on_opened) {
    open_upstream(protocols, std::move(on_opened));
  };
  hooks.refusal_body = [this](const Verdict& verdict, std::string_view method, std::string_view path) {
    return to_json_body(refusal_of(verdict, authority_, method, path));
  };
  hooks.take_upload = [this](std::uint64_t bytes) {
    UploadBudget& uploads = services_.usage.uploads();
    if (bytes > uploads.left_bytes()) return false;
    uploads.used_bytes += bytes;
    return true;
  };
  hooks.take_bandwidth = [this](std::size_t bytes) {
    Bandwidth& bandwidth = services_.bandwidth;
    // In this order: what is taken comes out of a bucket that has been filled up to now.
    (void)bandwidth.room_bytes(services_.loop.clock().steady_now());
    bandwidth.take(bytes);
    return bandwidth.room_bytes(services_.loop.clock().steady_now()) > 0 ? std::chrono::nanoseconds(0)
                                                                         : bandwidth.wait();
  };
  hooks.guard = [this]() -> std::unique_ptr<RequestGuard> {
    if (services_.keep->empty()) return nullptr;
    return std::make_unique<KeptRequest>(services_.keep, authority_, scheme_, services_.observer);
  };
  hooks.on_closed = [this] { end({}); };
  return hooks;
}

Verdict InspectedClient::decide(std::string_view method, std::string_view path) {
  const auto now = services_.loop.clock().steady_now();
  if (auto why = services_.usage.request(authority_.host, now, services_.policy.limits()))
    return {.action = RuleAction::block, .rule = "gateway", .reason = std::move(*why)};
  return services_.policy.decide(authority_, method, path);
}

void InspectedClient::open_upstream(UpstreamProtocols protocols, UpstreamOpened on_opened) {
  const auto opening = openings_.insert(openings_.end(), {nullptr, nullptr, std::move(on_opened), {}});
  opening->connecting = services_.connector.connect(
      authority_, services_.policy.decide(authority_),
      [this, opening, protocols](Result<Upstream> up) { on_connected(opening, protocols, std::move(up)); });
}

void InspectedClient::on_connected(std::list<Opening>::iterator opening, UpstreamProtocols protocols,
                                   Result<Upstream> upstream) {
  if (!upstream) return opened(opening, std::unexpected(std::move(upstream).error()));
  auto transport = PlainTransport::open(services_.loop, std::move(upstream->socket), inspected_queue_bytes_max,
                                        std::move(upstream->already_read));
  if (!transport) return opened(opening, std::unexpected(std::move(transport).error()));
  if (scheme_ == "http") return opened(opening, UpstreamConnection{std::move(*transport), {}});
  if (auto status = begin_upstream_tls(opening, protocols, std::move(*transport)); !status)
    opened(opening, std::unexpected(std::move(status).error()));
}

Status InspectedClient::begin_upstream_tls(std::list<Opening>::iterator opening, UpstreamProtocols protocols,
                                           std::unique_ptr<Transport> lower) {
  TlsClientContext* const context = TRY(services_.tls.towards_internet());
  TlsUpstream upstream{.host = authority_.host, .port = authority_.port, .is_literal = authority_.is_literal};
  if (protocols == UpstreamProtocols::http1_only) upstream.protocols = only_http1;
  opening->deadline = services_.loop.after(upstream_handshake_seconds_max, [this, opening] {
    opened(opening, fail("connect to " + authority_.host, "its TLS handshake took too long"));
  });
  opening->tls = TRY(TlsTransport::connect(
      services_.loop, *context, upstream, std::move(lower), [this, opening](Result<std::string> protocol) {
        if (!protocol) return opened(opening, std::unexpected(std::move(protocol).error()));
        opened(opening, UpstreamConnection{std::move(opening->tls), std::move(*protocol)});
      }));
  return {};
}

void InspectedClient::opened(std::list<Opening>::iterator opening, Result<UpstreamConnection> result) {
  // Its parts may be in the middle of calling us.
  auto kept = std::make_unique<Opening>(std::move(*opening));
  openings_.erase(opening);
  const auto on_opened = std::move(kept->on_opened);
  services_.loop.dispose(std::move(kept));
  on_opened(std::move(result));
}

void InspectedClient::close(std::string reason) {
  if (connection_) connection_->close();
  else end(std::move(reason));
}

void InspectedClient::end(std::string reason) {
  handshake_deadline_.reset();
  if (const auto on_end = std::exchange(on_end_, nullptr)) on_end(std::move(reason));
}

}  // namespace bailey::gateway

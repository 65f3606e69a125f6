// One client whose requests are read: its side of TLS, the HTTP connection, and the upstream connections it needs.
#pragma once

#include <functional>
#include <list>
#include <memory>
#include <string>

#include "gateway/inspected_connection.h"
#include "gateway/services.h"
#include "gateway/tls_transport.h"

namespace bailey::gateway {

inline constexpr std::chrono::seconds upstream_handshake_seconds_max{15};
inline constexpr std::size_t inspected_queue_bytes_max = std::size_t{256} << 10;

class InspectedClient {
 public:
  // `on_end` is called once: empty when HTTP has ended in its own way, else why there was none. It may dispose of this.
  InspectedClient(Services& services, Authority authority, std::function<void(std::string)> on_end)
      : services_(services), authority_(std::move(authority)), on_end_(std::move(on_end)) {}
  InspectedClient(const InspectedClient&) = delete;
  InspectedClient& operator=(const InspectedClient&) = delete;

  // What the client has sent so far is in `first_bytes`.
  [[nodiscard]] Status start_tls(Fd client, std::string first_bytes);
  // `protocol`: "h2" or "http/1.1".
  [[nodiscard]] Status start_plain(Fd client, std::string first_bytes, std::string_view protocol);
  void close(std::string reason);

 private:
  struct Opening {
    std::unique_ptr<Connecting> connecting;
    std::unique_ptr<TlsTransport> tls;
    UpstreamOpened on_opened;
    event::Timer deadline;  // of the TLS handshake
  };
  [[nodiscard]] Status serve(std::unique_ptr<Transport> client, std::string_view protocol, std::string scheme);
  void on_client_ready(Result<std::string> protocol);
  [[nodiscard]] InspectionHooks hooks();
  [[nodiscard]] Verdict decide(std::string_view method, std::string_view path);
  void open_upstream(UpstreamProtocols protocols, UpstreamOpened on_opened);
  void on_connected(std::list<Opening>::iterator opening, UpstreamProtocols protocols, Result<Upstream> upstream);
  [[nodiscard]] Status begin_upstream_tls(std::list<Opening>::iterator opening, UpstreamProtocols protocols,
                                          std::unique_ptr<Transport> lower);
  void opened(std::list<Opening>::iterator opening, Result<UpstreamConnection> result);
  void end(std::string reason);

  Services& services_;
  Authority authority_;
  std::string scheme_;
  std::function<void(std::string)> on_end_;
  std::unique_ptr<TlsTransport> client_tls_;  // during its handshake
  event::Timer handshake_deadline_;
  std::list<Opening> openings_;
  std::unique_ptr<InspectedConnection> connection_;
};

}  // namespace bailey::gateway

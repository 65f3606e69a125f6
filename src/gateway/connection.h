// One connection of the sandbox on its way through the gateway (docs/design/gateway.md): who, decision, proof,
// upstream, carrying, one observation.
//
// How it works. Stages follow each other; each is a function that either goes on to the next or ends the connection
// with an answer the client understands: HTTP 403 with a reason, a SOCKS reply, a TLS alert, or a reset. A tunnel's
// upstream connection is made while the client's first bytes are awaited. On ports other than 80 and 443 the server may
// be the one that speaks first; what its client says then needs no proof. A client that only waits proves nothing. What
// a client has been told last is given time to arrive: the socket is read empty for a moment before it is closed.
#pragma once

#include <chrono>
#include <functional>
#include <memory>
#include <optional>
#include <string>

#include "gateway/injector.h"
#include "gateway/inspected_client.h"
#include "gateway/introduction.h"
#include "gateway/proof.h"
#include "gateway/services.h"

namespace bailey::gateway {

// Before a transparent connection is refused, its first bytes say in which language.
inline constexpr std::chrono::milliseconds refusal_waits_max{1000};
inline constexpr std::chrono::seconds farewell_seconds_max{2};
inline constexpr std::size_t first_bytes_max = std::size_t{80} << 10;  // more than any head or ClientHello

class Connection {
 public:
  // `on_done` is called once and may dispose of it.
  Connection(Services& services, Fd client, Entrance entrance, std::function<void(Connection&)> on_done);
  Connection(const Connection&) = delete;
  Connection& operator=(const Connection&) = delete;
  ~Connection();

  // Reads whom the client wants: proxy and SOCKS.
  void listen();
  // Transparent: known from where the connection was going.
  void begin(Authority authority);
  // It was not meant for anybody: refused with this reason.
  void refuse_unknown(const std::string& host, std::uint16_t port, std::string reason);
  // The policy has changed: ends what is not allowed any more.
  void review();
  // The session is over: ends it, and tells what there is to tell.
  void close();

 private:
  enum class Stage { introducing, connecting, proving, refusing, carrying, leaving, done };

  void on_readable();
  [[nodiscard]] bool read_some();
  void on_client_end();
  void introduce();
  void admit(Introduced introduced);
  [[nodiscard]] bool betrays_secret();
  void refuse_secret(const SecretRefusal& refusal);
  void welcome_and_prove();
  void connect_upstream();
  void on_upstream(Result<Upstream> upstream);
  void begin_proof();
  void listen_to_server();
  void on_server_spoke();
  void stop_listening_to_server();
  void check_proof();
  void join();
  void start_tunnel();
  void start_inspection();
  void on_tunnel_end(TunnelEnd end);
  void on_inspection_end(const std::string& reason);
  void refuse(RefusalKind kind, std::string rule, std::string reason);
  void refuse_in_its_language();
  void leave(const std::string& last_words);
  void observe(std::string reason, TunnelTraffic traffic);
  void finish();
  void reset();
  void wait_for_client(std::chrono::nanoseconds at_most, std::function<void()> otherwise);
  void stop_waiting();

  Services& services_;
  Fd client_;
  Entrance entrance_;
  Introduction introduction_;
  std::function<void(Connection&)> on_done_;
  Stage stage_ = Stage::introducing;
  SteadyTime started_;
  std::string input_;
  Authority authority_;
  Verdict verdict_;
  bool is_counted_ = false;
  bool is_welcomed_ = false;
  bool is_http_request_ = false;
  bool is_allowed_ = false;
  bool server_may_speak_first_ = false;
  std::optional<Proof> proof_;
  std::optional<Refusal> refusal_;
  std::unique_ptr<Connecting> connecting_;
  std::optional<Upstream> upstream_;
  event::Watch server_watch_;  // of the upstream socket: it goes first
  std::unique_ptr<Tunnel> tunnel_;
  std::unique_ptr<InspectedClient> inspected_;
  event::Watch watch_;
  event::Timer deadline_;
};

}  // namespace bailey::gateway

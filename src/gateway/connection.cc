#include "gateway/connection.h"

#include <sys/socket.h>

#include <array>
#include <cerrno>

namespace bailey::gateway {
namespace {

constexpr std::size_t read_bytes_max = std::size_t{16} << 10;
constexpr int status_forbidden = 403;
constexpr std::string_view rule_gateway = "gateway";

bool speaks_tls(std::string_view first_bytes) { return first_bytes.starts_with('\x16'); }

bool speaks_http(std::string_view first_bytes) { return first_bytes.find(" HTTP/1.") != std::string_view::npos; }

std::string_view protocol_name(const std::optional<Proof>& proof) {
  if (!proof) return "";
  switch (proof->spoken) {
    case Spoken::tls:
      return "tls";
    case Spoken::http1:
      return "http/1.1";
    case Spoken::h2c:
      return "h2";
    case Spoken::other:
      return "tcp";
    default:
      return proof->is_tls ? "tls" : "";
  }
}

}  // namespace

Connection::Connection(Services& services, Fd client, Entrance entrance, std::function<void(Connection&)> on_done)
    : services_(services),
      client_(std::move(client)),
      entrance_(entrance),
      introduction_(entrance),
      on_done_(std::move(on_done)),
      started_(services.loop.clock().steady_now()) {
  auto watch = services_.loop.watch(client_.get(), event::Interest::none, [this](event::Ready) { on_readable(); });
  if (watch) watch_ = std::move(*watch);
}

Connection::~Connection() {
  if (is_counted_) services_.usage.close(authority_.host);
}

void Connection::wait_for_client(std::chrono::nanoseconds at_most, std::function<void()> otherwise) {
  (void)watch_.set_interest(event::Interest::read);
  deadline_ = services_.loop.after(at_most, std::move(otherwise));
}

void Connection::stop_waiting() {
  (void)watch_.set_interest(event::Interest::none);
  deadline_.reset();
}

void Connection::listen() {
  wait_for_client(std::chrono::seconds(services_.policy.limits().header_seconds_max), [this] { reset(); });
}

void Connection::begin(Authority authority) { admit({.authority = std::move(authority), .first_bytes = {}}); }

void Connection::refuse_unknown(const std::string& host, std::uint16_t port, std::string reason) {
  authority_ = {.host = host, .port = port, .learned_from = LearnedFrom::address, .is_literal = true};
  refuse(RefusalKind::forbidden, std::string(rule_gateway), std::move(reason));
}

void Connection::on_readable() {
  if (stage_ == Stage::leaving) {
    std::array<char, read_bytes_max> nobody_reads_this;
    const ssize_t count = ::recv(client_.get(), nobody_reads_this.data(), nobody_reads_this.size(), MSG_DONTWAIT);
    if (count == 0 || (count < 0 && errno != EAGAIN && errno != EINTR)) finish();
    return;
  }
  if (!read_some()) return;
  if (stage_ == Stage::introducing) introduce();
  else if (stage_ == Stage::proving) check_proof();
  else if (stage_ == Stage::refusing) refuse_in_its_language();
}

// False: nothing has come, or the connection has ended.
bool Connection::read_some() {
  std::array<char, read_bytes_max> buffer;
  const ssize_t count = ::recv(client_.get(), buffer.data(), buffer.size(), MSG_DONTWAIT);
  if (count < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (count <= 0) {
    on_client_end();
    return false;
  }
  input_.append(buffer.data(), static_cast<std::size_t>(count));
  if (input_.size() <= first_bytes_max) return true;
  reset();
  return false;
}

void Connection::on_client_end() {
  if (stage_ == Stage::introducing && input_.empty()) return finish();  // a client that only looked
  if (stage_ != Stage::refusing) observe("the client went away before it said what it wants", {});
  finish();
}

void Connection::introduce() {
  auto step = introduction_.hear(input_);
  if (step.refused) {
    services_.observer.seen({.what = Seen::connection,
                             .rule = std::string(rule_gateway),
                             .reason = step.refused->what + ": " + step.refused->why,
                             .learned_from = std::string(
                                 to_string(entrance_ == Entrance::socks ? LearnedFrom::socks : LearnedFrom::connect))});
    return leave(step.answer);
  }
  if (!step.answer.empty())
    (void)::send(client_.get(), step.answer.data(), step.answer.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (step.introduced) admit(std::move(*step.introduced));
}

void Connection::admit(Introduced introduced) {
  stop_waiting();
  authority_ = std::move(introduced.authority);
  input_ = std::move(introduced.first_bytes);
  is_http_request_ = introduced.is_http_request;
  if (const auto sighting = services_.keep->canaries().find_in_name(authority_.host)) {
    authority_.host = "(a name with a secret's placeholder)";
    return refuse_secret(misplaced(*services_.keep, *sighting, "a host name"));
  }
  verdict_ = services_.decide(authority_);
  if (!verdict_.allowed()) return refuse(RefusalKind::forbidden, verdict_.rule, verdict_.reason);
  const auto now = services_.loop.clock().steady_now();
  if (auto why = services_.usage.open(authority_.host, now, services_.policy.limits())) {
    services_.observer.seen(
        {.what = Seen::limit, .rule = verdict_.rule, .reason = *why, .host = authority_.host, .port = authority_.port});
    return refuse(RefusalKind::too_many, std::string(rule_gateway), std::move(*why));
  }
  is_counted_ = true;
  // Whoever reads requests makes its own upstream connections.
  if (verdict_.route == Route::inspect || is_http_request_) return welcome_and_prove();
  if (entrance_ == Entrance::transparent) {
    if (authority_.port != 80) connect_upstream();  // there it is usually HTTP, which is read
    return begin_proof();
  }
  stage_ = Stage::connecting;
  connect_upstream();
}

void Connection::welcome_and_prove() {
  is_welcomed_ = true;
  const std::string words = introduction_.welcome();
  const ssize_t sent =
      words.empty() ? 0 : ::send(client_.get(), words.data(), words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  if (sent != static_cast<ssize_t>(words.size())) return reset();
  begin_proof();
}

void Connection::connect_upstream() {
  connecting_ = services_.connector.connect(authority_, verdict_,
                                            [this](Result<Upstream> upstream) { on_upstream(std::move(upstream)); });
}

void Connection::on_upstream(Result<Upstream> upstream) {
  services_.loop.dispose(std::move(connecting_));  // it is calling us
  if (!upstream) {
    const bool is_forbidden = upstream.error().code == EACCES;
    return refuse(is_forbidden ? RefusalKind::forbidden : RefusalKind::unreachable,
                  is_forbidden ? std::string(rule_gateway) : verdict_.rule, upstream.error().why);
  }
  upstream_ = std::move(*upstream);
  if (stage_ == Stage::connecting && !is_welcomed_) return welcome_and_prove();
  listen_to_server();
  join();
}

void Connection::begin_proof() {
  stage_ = Stage::proving;
  const auto& limits = services_.policy.limits();
  server_may_speak_first_ = verdict_.route == Route::tunnel && !demands_proof(authority_.port) && input_.empty();
  wait_for_client(
      std::chrono::seconds(server_may_speak_first_ ? limits.idle_seconds_max : limits.header_seconds_max), [this] {
        refuse(RefusalKind::forbidden, std::string(rule_gateway), "the client did not say in time what it wants");
      });
  if (server_may_speak_first_) return listen_to_server();
  if (!input_.empty()) check_proof();
}

// Silence proves nothing, however long: only a server that speaks first shows that it is no matter of TLS or HTTP.
void Connection::listen_to_server() {
  if (!upstream_ || stage_ != Stage::proving || !server_may_speak_first_) return;
  if (!upstream_->already_read.empty()) return on_server_spoke();
  auto watch =
      services_.loop.watch(upstream_->socket.get(), event::Interest::read, [this](event::Ready) { on_server_spoke(); });
  if (!watch) return reset();
  server_watch_ = std::move(*watch);
}

void Connection::on_server_spoke() {
  stop_listening_to_server();
  proof_ = Proof{.spoken = Spoken::other};
  join();
}

void Connection::stop_listening_to_server() {
  server_may_speak_first_ = false;
  server_watch_.reset();
}

void Connection::check_proof() {
  stop_listening_to_server();
  Proof proof = prove(authority_, verdict_, input_);
  if (proof.spoken == Spoken::need_more) {
    // It does speak first: from here on it has the time of a head.
    if (!demands_proof(authority_.port))
      wait_for_client(std::chrono::seconds(services_.policy.limits().header_seconds_max), [this] { reset(); });
    return;
  }
  proof_ = std::move(proof);
  if (betrays_secret()) return;
  if (proof_->spoken == Spoken::refused)
    return refuse(RefusalKind::forbidden, std::string(rule_gateway), proof_->reason);
  const bool is_plain_http = proof_->spoken == Spoken::http1 || proof_->spoken == Spoken::h2c;
  if (is_plain_http || verdict_.route == Route::inspect) return start_inspection();
  join();
}

// What comes first on a connection names hosts (SNI), or is all that is ever looked at. Requests are searched one by
// one.
bool Connection::betrays_secret() {
  if (proof_->spoken == Spoken::http1 || proof_->spoken == Spoken::h2c) return false;
  const auto& canaries = services_.keep->canaries();
  auto sighting = canaries.find(input_);
  if (!sighting) sighting = canaries.find_in_name(input_);
  if (!sighting) return false;
  refuse_secret(misplaced(*services_.keep, *sighting, "the beginning of a connection"));
  return true;
}

void Connection::refuse_secret(const SecretRefusal& refusal) {
  const std::string& id = services_.keep->secret(refusal.secret).id;
  services_.observer.seen({.what = refusal.what,
                           .rule = "secret:" + id,
                           .reason = refusal.why,
                           .host = authority_.host,
                           .port = authority_.port,
                           .learned_from = std::string(to_string(authority_.learned_from)),
                           .secret = id});
  refuse(RefusalKind::forbidden, "secret", refusal.why);
}

// Both the proof and the upstream connection are needed; whoever comes last goes on.
void Connection::join() {
  if (!proof_) return;
  stop_waiting();
  stage_ = Stage::connecting;
  if (upstream_) return start_tunnel();
  if (!connecting_) connect_upstream();
}

void Connection::start_tunnel() {
  stage_ = Stage::carrying;
  is_allowed_ = true;
  watch_.reset();
  const auto idle_max = std::chrono::seconds(services_.policy.limits().idle_seconds_max);
  auto tunnel = Tunnel::open({services_.loop, services_.buffers, services_.bandwidth, services_.usage.uploads()},
                             {.client = std::move(client_),
                              .upstream = std::move(upstream_->socket),
                              .first_bytes = std::move(input_),
                              .early_bytes = std::move(upstream_->already_read)},
                             idle_max, [this](TunnelEnd end) { on_tunnel_end(end); });
  upstream_.reset();
  if (!tunnel) {
    observe(tunnel.error().why, {});
    return finish();
  }
  tunnel_ = std::move(*tunnel);
}

void Connection::on_tunnel_end(TunnelEnd end) {
  const std::string reason(to_reason(end));
  if (end == TunnelEnd::upload_limit)
    services_.observer.seen({.what = Seen::limit,
                             .rule = std::string(rule_gateway),
                             .reason = reason,
                             .host = authority_.host,
                             .port = authority_.port,
                             .bytes_out = services_.usage.uploads().used_bytes});
  observe(reason, tunnel_->traffic());
  services_.loop.dispose(std::move(tunnel_));
  finish();
}

void Connection::start_inspection() {
  stop_waiting();
  stage_ = Stage::carrying;
  is_allowed_ = true;
  watch_.reset();
  connecting_.reset();
  upstream_.reset();
  inspected_ = std::make_unique<InspectedClient>(services_, authority_,
                                                 [this](const std::string& reason) { on_inspection_end(reason); });
  const Status status = proof_->spoken == Spoken::tls
                            ? inspected_->start_tls(std::move(client_), std::move(input_))
                            : inspected_->start_plain(std::move(client_), std::move(input_), protocol_name(proof_));
  if (!status && stage_ == Stage::carrying) on_inspection_end(status.error().why);
}

// Requests are observed one by one; here only what came to none.
void Connection::on_inspection_end(const std::string& reason) {
  if (!reason.empty()) observe(reason, {});
  services_.loop.dispose(std::move(inspected_));
  finish();
}

void Connection::review() {
  if (stage_ != Stage::carrying && stage_ != Stage::connecting && stage_ != Stage::proving) return;
  const Verdict now = services_.decide(authority_);
  const bool loses =
      !now.allowed() || (verdict_.allow_private && !now.allow_private) || (verdict_.allow_no_sni && !now.allow_no_sni);
  if (tunnel_) {
    const bool is_unread = now.route == Route::inspect && verdict_.route == Route::tunnel;
    if (loses || is_unread) tunnel_->cut(TunnelEnd::cut);
  } else if (inspected_) {
    if (loses) inspected_->close(std::string(to_reason(TunnelEnd::cut)));
  } else if (loses || now.route != verdict_.route) {
    observe(std::string(to_reason(TunnelEnd::cut)), {});
    finish();
  }
}

void Connection::close() {
  const std::string reason(to_reason(TunnelEnd::session_over));
  if (tunnel_) return tunnel_->cut(TunnelEnd::session_over);
  if (inspected_) return inspected_->close(reason);
  if (stage_ == Stage::connecting || stage_ == Stage::proving) observe(reason, {});
  finish();
}

void Connection::refuse(RefusalKind kind, std::string rule, std::string reason) {
  stop_waiting();
  stop_listening_to_server();
  connecting_.reset();
  upstream_.reset();
  is_allowed_ = false;
  verdict_.action = verdict_.allowed() ? RuleAction::block : verdict_.action;
  verdict_.rule = std::move(rule);
  verdict_.reason = std::move(reason);
  observe(verdict_.reason, {});
  refusal_ = refusal_of(verdict_, authority_);
  if (!is_welcomed_ && entrance_ != Entrance::transparent) return leave(introduction_.refusal(*refusal_, kind));
  stage_ = Stage::refusing;
  refuse_in_its_language();
}

void Connection::refuse_in_its_language() {
  if (proof_ && proof_->is_tls) return leave(tls_alert(proof_->alert));
  if (speaks_tls(input_)) return leave(tls_alert(alert_access_denied));
  if (speaks_http(input_)) return leave(http_refusal(status_forbidden, *refusal_));
  if (!input_.empty()) return reset();
  if (!deadline_) wait_for_client(refusal_waits_max, [this] { reset(); });
}

void Connection::leave(const std::string& last_words) {
  stage_ = Stage::leaving;
  if (!last_words.empty())
    (void)::send(client_.get(), last_words.data(), last_words.size(), MSG_NOSIGNAL | MSG_DONTWAIT);
  (void)::shutdown(client_.get(), SHUT_WR);
  wait_for_client(farewell_seconds_max, [this] { finish(); });
}

void Connection::observe(std::string reason, TunnelTraffic traffic) {
  const auto took = services_.loop.clock().steady_now() - started_;
  services_.observer.seen(
      {.what = Seen::connection,
       .allowed = is_allowed_,
       .asks = verdict_.action == RuleAction::prompt,
       .rule = verdict_.rule,
       .reason = std::move(reason),
       .host = authority_.host,
       .port = authority_.port,
       .learned_from = std::string(to_string(authority_.learned_from)),
       .protocol = std::string(protocol_name(proof_)),
       .bytes_out = traffic.bytes_out,
       .bytes_in = traffic.bytes_in,
       .ms = static_cast<std::uint64_t>(std::chrono::duration_cast<std::chrono::milliseconds>(took).count())});
}

void Connection::reset() {
  const linger at_once{.l_onoff = 1, .l_linger = 0};
  if (client_) (void)::setsockopt(client_.get(), SOL_SOCKET, SO_LINGER, &at_once, sizeof at_once);
  finish();
}

void Connection::finish() {
  stage_ = Stage::done;
  stop_waiting();
  stop_listening_to_server();
  watch_.reset();
  client_.reset();
  if (const auto on_done = std::exchange(on_done_, nullptr)) on_done(*this);
}

}  // namespace bailey::gateway

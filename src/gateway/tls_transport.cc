#include "gateway/tls_transport.h"

#include <array>
#include <utility>

#include "gateway/http_fields.h"

namespace bailey::gateway {
namespace {

constexpr std::size_t record_bytes_max = 16384;
constexpr std::size_t encrypted_overhead_bytes = 64;      // a record, at most
constexpr std::size_t own_messages_bytes_max = 64 << 10;  // alerts and key updates that nobody reads

bool send_server_name(SSL* tls, std::string host) {
  return SSL_ctrl(tls, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, host.data()) == 1;
}

}  // namespace

TlsTransport::TlsTransport(event::Loop& loop, std::unique_ptr<Transport> lower, TlsReady on_ready)
    : loop_(loop), lower_(std::move(lower)), on_ready_(std::move(on_ready)) {}

TlsTransport::~TlsTransport() { *alive_ = false; }

Status TlsTransport::attach(SSL_CTX* context) {
  tls_.reset(SSL_new(context));
  BioHandle in(BIO_new(BIO_s_mem()));
  BioHandle out(BIO_new(BIO_s_mem()));
  if (!tls_ || !in || !out) return openssl_failed("start TLS");
  BIO_set_mem_eof_return(in.get(), -1);
  BIO_set_mem_eof_return(out.get(), -1);
  SSL_set_bio(tls_.get(), in.release(), out.release());
  SSL_set_app_data(tls_.get(), this);
  return {};
}

int TlsTransport::on_server_name(SSL* tls, int* alert, void*) {
  const auto* const self = static_cast<const TlsTransport*>(SSL_get_app_data(tls));
  const char* const name = SSL_get_servername(tls, TLSEXT_NAMETYPE_host_name);
  if (name == nullptr || equals_ignoring_case(name, self->host_)) return SSL_TLSEXT_ERR_OK;
  *alert = SSL_AD_UNRECOGNIZED_NAME;
  return SSL_TLSEXT_ERR_ALERT_FATAL;
}

int TlsTransport::on_new_session(SSL* tls, SSL_SESSION* session) {
  const auto* const self = static_cast<const TlsTransport*>(SSL_get_app_data(tls));
  // Only what was verified is worth resuming.
  if (self == nullptr || self->client_ == nullptr || SSL_get_verify_result(tls) != X509_V_OK) return 0;
  self->client_->remember(self->session_key_, TlsSessionHandle(session));
  return 1;
}

Result<std::unique_ptr<TlsTransport>> TlsTransport::accept(event::Loop& loop, const TlsServerContext& context,
                                                           CertificateAuthority& authority, const std::string& host,
                                                           std::unique_ptr<Transport> lower, TlsReady on_ready) {
  std::unique_ptr<TlsTransport> made(new TlsTransport(loop, std::move(lower), std::move(on_ready)));
  TRY_STATUS(made->attach(context.get()));
  made->host_ = host;
  X509* const leaf = TRY(authority.leaf_for(host));
  SSL* const tls = made->tls_.get();
  // What the macros of OpenSSL say, without their C casts.
  SSL_CTX_callback_ctrl(context.get(), SSL_CTRL_SET_TLSEXT_SERVERNAME_CB, reinterpret_cast<void (*)()>(on_server_name));
  if (SSL_use_certificate(tls, leaf) != 1 || SSL_use_PrivateKey(tls, authority.leaf_key()) != 1 ||
      SSL_add1_chain_cert(tls, authority.certificate()) != 1)
    return openssl_failed("start TLS for " + host);
  SSL_set_accept_state(tls);
  made->start();
  return made;
}

Result<std::unique_ptr<TlsTransport>> TlsTransport::connect(event::Loop& loop, TlsClientContext& context,
                                                            const TlsUpstream& upstream,
                                                            std::unique_ptr<Transport> lower, TlsReady on_ready) {
  std::unique_ptr<TlsTransport> made(new TlsTransport(loop, std::move(lower), std::move(on_ready)));
  TRY_STATUS(made->attach(context.get()));
  made->client_ = &context;
  made->host_ = upstream.host;
  made->session_key_ = upstream.host + ":" + std::to_string(upstream.port) + " " + std::string(upstream.protocols);
  SSL* const tls = made->tls_.get();
  SSL_CTX_sess_set_new_cb(context.get(), on_new_session);
  SSL_set_hostflags(tls, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  const bool is_named = upstream.is_literal
                            ? X509_VERIFY_PARAM_set1_ip_asc(SSL_get0_param(tls), upstream.host.c_str()) == 1
                            : SSL_set1_host(tls, upstream.host.c_str()) == 1 && send_server_name(tls, upstream.host);
  const auto* const protocols = reinterpret_cast<const unsigned char*>(upstream.protocols.data());
  // Unlike everywhere else, 0 is success here.
  if (!is_named || SSL_set_alpn_protos(tls, protocols, static_cast<unsigned>(upstream.protocols.size())) != 0)
    return openssl_failed("start TLS to " + upstream.host);
  if (const auto session = context.take(made->session_key_)) SSL_set_session(tls, session.get());
  SSL_set_connect_state(tls);
  made->start();
  return made;
}

void TlsTransport::start() {
  lower_->set_handlers({.on_data = [this](std::string_view bytes) { on_lower_data(bytes); },
                        .on_end = [this] { on_lower_end(); },
                        .on_error = [this](const Error& error) { break_with(error); },
                        .on_drained = [this] { on_lower_drained(); }});
  lower_->resume_reading();
  // Not from inside the caller, who doesn't have the transport yet.
  loop_.defer([this, alive = alive_] {
    if (*alive) proceed();
  });
}

void TlsTransport::set_handlers(TransportHandlers handlers) {
  handlers_ = std::make_shared<TransportHandlers>(std::move(handlers));
}

void TlsTransport::on_lower_data(std::string_view bytes) {
  if (broken_ || ended_) return;
  const int size = static_cast<int>(bytes.size());
  if (BIO_write(SSL_get_rbio(tls_.get()), bytes.data(), size) != size)
    return break_with(Error{"read TLS", "out of memory"});
  proceed();
}

void TlsTransport::on_lower_end() {
  lower_ended_ = true;
  proceed();
}

void TlsTransport::proceed() {
  if (broken_) return;
  if (!is_connected_) return shake_hands();
  deliver();
}

Error TlsTransport::handshake_error() const {
  const long verdict = SSL_get_verify_result(tls_.get());
  const std::string what = "agree on TLS with " + host_;
  if (client_ != nullptr && verdict != X509_V_OK) {
    ERR_clear_error();
    return Error{what, std::string("its certificate is not accepted: ") + X509_verify_cert_error_string(verdict)};
  }
  return Error{what, openssl_reason()};
}

void TlsTransport::shake_hands() {
  ERR_clear_error();
  const int done = SSL_do_handshake(tls_.get());
  const int reason = done == 1 ? SSL_ERROR_NONE : SSL_get_error(tls_.get(), done);
  if (reason != SSL_ERROR_NONE && reason != SSL_ERROR_WANT_READ && reason != SSL_ERROR_WANT_WRITE) {
    const Error error = handshake_error();
    (void)send_produced();  // the alert
    lower_->finish_writing();
    return break_with(error);
  }
  if (!send_produced()) return break_with(Error{"agree on TLS with " + host_, "the other side doesn't read"});
  if (reason != SSL_ERROR_NONE) {
    if (lower_ended_) break_with(Error{"agree on TLS with " + host_, "the connection was closed"});
    return;
  }
  is_connected_ = true;
  lower_->pause_reading();
  const unsigned char* protocol = nullptr;
  unsigned size = 0;
  SSL_get0_alpn_selected(tls_.get(), &protocol, &size);
  const auto alive = alive_;
  if (auto on_ready = std::exchange(on_ready_, nullptr))
    on_ready(size == 0 ? std::string() : std::string(reinterpret_cast<const char*>(protocol), size));
  if (*alive && !is_paused_) deliver();
}

void TlsTransport::deliver() {
  if (is_delivering_) return;
  is_delivering_ = true;
  const auto alive = alive_;
  std::array<char, record_bytes_max> buffer;
  while (*alive && !is_paused_ && !broken_ && !ended_) {
    ERR_clear_error();
    std::size_t count = 0;
    const int done = SSL_read_ex(tls_.get(), buffer.data(), buffer.size(), &count);
    const auto kept = handlers_;
    if (done == 1) {
      if (kept->on_data) kept->on_data({buffer.data(), count});
      continue;
    }
    const int reason = SSL_get_error(tls_.get(), done);
    if (reason == SSL_ERROR_WANT_READ || reason == SSL_ERROR_WANT_WRITE) {
      if (!send_produced())
        break_with(Error{"read TLS", "the other side sends messages that need answers and doesn't read"});
      else if (lower_ended_) break_with(Error{"read TLS", "the connection was cut off (no close_notify)"});
      break;
    }
    if (reason != SSL_ERROR_ZERO_RETURN) {
      const std::string why = openssl_reason();
      (void)send_produced();
      break_with(Error{"read TLS", why});
      break;
    }
    ended_ = true;
    if (kept->on_end) kept->on_end();
  }
  if (*alive) is_delivering_ = false;
}

// Hands what OpenSSL produced to the lower transport. False: more has piled up than ever should.
bool TlsTransport::send_produced() {
  char* bytes = nullptr;
  BIO* const out = SSL_get_wbio(tls_.get());
  const long size = BIO_get_mem_data(out, &bytes);
  if (size <= 0) return true;
  const std::string_view produced(bytes, static_cast<std::size_t>(size));
  if (pending_.empty()) {
    const std::size_t fits = std::min(lower_->room_bytes(), produced.size());
    if (lower_->write(produced.substr(0, fits))) pending_ = produced.substr(fits);
    else pending_ = produced;
  } else {
    pending_ += produced;
  }
  (void)BIO_reset(out);
  if (!pending_.empty()) lower_->want_drained();
  return pending_.size() <= tls_queue_bytes_max + own_messages_bytes_max;
}

std::size_t TlsTransport::room_bytes() const {
  if (broken_ || finishing_ || !is_connected_) return 0;
  const std::size_t limit = tls_queue_bytes_max - std::min(tls_queue_bytes_max, pending_.size());
  const std::size_t records = limit / record_bytes_max + 1;
  const std::size_t overhead = records * encrypted_overhead_bytes;
  // While something waits, the lower transport is full.
  return pending_.empty() || limit > tls_queue_bytes_max / 2 ? limit - std::min(limit, overhead) : 0;
}

bool TlsTransport::write(std::string_view bytes) {
  if (broken_ || finishing_ || !is_connected_) return false;
  if (bytes.empty()) return true;
  if (bytes.size() > room_bytes()) {
    want_drained();
    return false;
  }
  ERR_clear_error();
  std::size_t count = 0;
  // Memory takes everything at once.
  if (SSL_write_ex(tls_.get(), bytes.data(), bytes.size(), &count) != 1 || count != bytes.size()) {
    ERR_clear_error();
    return false;
  }
  (void)send_produced();
  return true;
}

void TlsTransport::on_lower_drained() {
  if (!pending_.empty()) {
    const std::size_t fits = std::min(lower_->room_bytes(), pending_.size());
    if (lower_->write(std::string_view(pending_).substr(0, fits))) pending_.erase(0, fits);
    if (!pending_.empty()) lower_->want_drained();
  }
  if (finishing_ && pending_.empty()) lower_->finish_writing();
  if (refused_ && pending_.size() <= tls_queue_bytes_max / 2 && !broken_) {
    refused_ = false;
    const auto kept = handlers_;
    if (kept->on_drained) kept->on_drained();
  }
}

void TlsTransport::finish_writing() {
  if (std::exchange(finishing_, true) || broken_) return;
  ERR_clear_error();
  if (is_connected_) (void)SSL_shutdown(tls_.get());
  (void)send_produced();
  if (pending_.empty()) lower_->finish_writing();
}

void TlsTransport::pause_reading() {
  is_paused_ = true;
  if (is_connected_) lower_->pause_reading();
}

void TlsTransport::resume_reading() {
  is_paused_ = false;
  if (!is_connected_ || broken_ || ended_) return;
  lower_->resume_reading();
  if (is_delivering_) return;
  // What OpenSSL holds already; not from inside the caller.
  loop_.defer([this, alive = alive_] {
    if (*alive && !is_paused_) deliver();
  });
}

void TlsTransport::break_with(Error error) {
  if (std::exchange(broken_, true)) return;
  lower_->pause_reading();
  if (auto on_ready = std::exchange(on_ready_, nullptr)) return on_ready(std::unexpected(std::move(error)));
  const auto kept = handlers_;
  if (!ended_ && kept->on_error) kept->on_error(error);
}

}  // namespace bailey::gateway

// TLS over another transport, as server towards the sandbox and as client towards the internet.
//
// How it works. OpenSSL works on memory BIOs: bytes of the lower transport are put in, what it produces is written to
// the lower transport. Nothing grows without limit: a write that doesn't fit is refused as a whole, and while the
// reader has paused at most one read of the lower transport waits in OpenSSL. A clean end (close_notify) is on_end; a
// connection cut off without it is on_error, so that nobody takes a truncated body for a whole one.
#pragma once

#include <functional>
#include <memory>
#include <string>
#include <string_view>

#include "event/loop.h"
#include "gateway/certificate_authority.h"
#include "gateway/tls_context.h"
#include "gateway/transport.h"

namespace bailey::gateway {

inline constexpr std::size_t tls_queue_bytes_max = std::size_t{64} << 10;

// Called once: the protocol that was agreed on ("h2", "http/1.1" or empty), or why there is no connection. No data is
// delivered before resume_reading() after that.
using TlsReady = std::function<void(Result<std::string>)>;

struct TlsUpstream {
  std::string host;  // verified: the certificate must be for it
  std::uint16_t port = 443;
  bool is_literal = false;                            // no SNI; the address must be in the certificate
  std::string_view protocols = "\x02h2\x08http/1.1";  // ALPN, each with its length; empty: not offered
};

class TlsTransport final : public Transport {
 public:
  // The certificate is that of `host`, and a client that names another host than `host` is refused (unrecognized_name).
  [[nodiscard]] static Result<std::unique_ptr<TlsTransport>> accept(event::Loop& loop, const TlsServerContext& context,
                                                                    CertificateAuthority& authority,
                                                                    const std::string& host,
                                                                    std::unique_ptr<Transport> lower,
                                                                    TlsReady on_ready);
  // `context` is borrowed and outlives it.
  [[nodiscard]] static Result<std::unique_ptr<TlsTransport>> connect(event::Loop& loop, TlsClientContext& context,
                                                                     const TlsUpstream& upstream,
                                                                     std::unique_ptr<Transport> lower,
                                                                     TlsReady on_ready);
  TlsTransport(const TlsTransport&) = delete;
  TlsTransport& operator=(const TlsTransport&) = delete;
  ~TlsTransport() override;

  void set_handlers(TransportHandlers handlers) override;
  bool write(std::string_view bytes) override;
  [[nodiscard]] std::size_t room_bytes() const override;
  void want_drained() override {
    refused_ = true;
    lower_->want_drained();
  }
  void finish_writing() override;
  void pause_reading() override;
  void resume_reading() override;
  [[nodiscard]] std::size_t queued_bytes() const { return pending_.size(); }
  [[nodiscard]] bool was_resumed() const { return SSL_session_reused(tls_.get()) == 1; }

 private:
  TlsTransport(event::Loop& loop, std::unique_ptr<Transport> lower, TlsReady on_ready);
  Status attach(SSL_CTX* context);
  void start();
  void on_lower_data(std::string_view bytes);
  void on_lower_end();
  void on_lower_drained();
  void proceed();
  void shake_hands();
  void deliver();
  [[nodiscard]] bool send_produced();
  void break_with(Error error);
  [[nodiscard]] Error handshake_error() const;
  static int on_new_session(SSL* tls, SSL_SESSION* session);
  static int on_server_name(SSL* tls, int* alert, void*);

  event::Loop& loop_;
  std::unique_ptr<Transport> lower_;
  TlsHandle tls_;
  TlsReady on_ready_;
  std::shared_ptr<TransportHandlers> handlers_ = std::make_shared<TransportHandlers>();
  TlsClientContext* client_ = nullptr;
  std::string session_key_;
  std::string host_;
  std::string pending_;  // encrypted, refused by the lower transport so far
  bool is_connected_ = false;
  bool is_paused_ = true;
  bool is_delivering_ = false;
  bool lower_ended_ = false;
  bool ended_ = false;
  bool broken_ = false;
  bool refused_ = false;
  bool finishing_ = false;
  std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace bailey::gateway

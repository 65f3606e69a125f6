// What the TLS connections of a session share: the settings for each side, the host's trusted certificates, and the
// sessions that may be resumed.
//
// Everything is read before the gateway locks itself in: afterwards there are no files. Upstream certificates are
// verified against the host's store (SSL_CERT_FILE and SSL_CERT_DIR of the user are honoured, as OpenSSL does).
#pragma once

#include <cstdint>
#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/result.h"
#include "gateway/openssl_handles.h"

namespace bailey::gateway {

inline constexpr std::size_t resumable_sessions_max = 256;

// The PEM text of the certificates that the host trusts. Reads files and the environment.
[[nodiscard]] Result<std::string> read_host_trust();

// Towards the sandbox: TLS 1.2 and later, h2 and http/1.1, no resumption (each connection proves its name).
class TlsServerContext {
 public:
  [[nodiscard]] static Result<TlsServerContext> create();
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }

 private:
  TlsContextHandle context_;
};

// Towards the internet: TLS 1.2 and later, strict verification, sessions resumed with the very same host and port.
class TlsClientContext {
 public:
  [[nodiscard]] static Result<std::unique_ptr<TlsClientContext>> create(std::string_view trusted_pem);
  TlsClientContext(const TlsClientContext&) = delete;
  TlsClientContext& operator=(const TlsClientContext&) = delete;
  [[nodiscard]] SSL_CTX* get() const { return context_.get(); }
  // Keyed by "host:port" and what was offered.
  void remember(const std::string& key, TlsSessionHandle session);
  [[nodiscard]] TlsSessionHandle take(const std::string& key);

 private:
  TlsClientContext() = default;
  TlsContextHandle context_;
  std::list<std::pair<std::string, TlsSessionHandle>> sessions_;  // newest first
  std::unordered_map<std::string, std::list<std::pair<std::string, TlsSessionHandle>>::iterator> by_key_;
};

}  // namespace bailey::gateway

// What the connections of a session share. Owned by the gateway (server.h), which outlives them all.
#pragma once

#include <memory>
#include <string>

#include "event/loop.h"
#include "gateway/bandwidth.h"
#include "gateway/buffer_pool.h"
#include "gateway/certificate_authority.h"
#include "gateway/connector.h"
#include "gateway/keep_index.h"
#include "gateway/network_policy.h"
#include "gateway/observer.h"
#include "gateway/session_usage.h"
#include "gateway/tls_context.h"

namespace bailey::gateway {

// For inspected connections. The host's certificates are read only when the first of them needs its upstream: most
// sessions never do, and the store takes megabytes.
class TlsServices {
 public:
  [[nodiscard]] static Result<TlsServices> create(const Clock& clock, std::string host_trust_pem);
  [[nodiscard]] Result<TlsClientContext*> towards_internet();
  [[nodiscard]] const TlsServerContext& towards_sandbox() const { return server_; }
  [[nodiscard]] CertificateAuthority& authority() { return authority_; }

 private:
  TlsServices(CertificateAuthority authority, TlsServerContext server, std::string host_trust_pem)
      : authority_(std::move(authority)), server_(std::move(server)), host_trust_pem_(std::move(host_trust_pem)) {}

  CertificateAuthority authority_;
  TlsServerContext server_;
  std::string host_trust_pem_;
  std::unique_ptr<TlsClientContext> client_;
};

struct Services {
  event::Loop& loop;
  Observer& observer;
  Connector& connector;
  TlsServices& tls;
  NetworkPolicy policy;                   // replaced while the session runs
  std::shared_ptr<const KeepIndex> keep;  // as well; never null
  BufferPool buffers{};
  Bandwidth bandwidth{};
  SessionUsage usage{};

  // What the policy says about a connection; hosts of secrets are always looked into.
  [[nodiscard]] Verdict decide(const Authority& authority) const;
};

}  // namespace bailey::gateway

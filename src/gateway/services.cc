#include "gateway/services.h"

namespace bailey::gateway {

Result<TlsServices> TlsServices::create(const Clock& clock, std::string host_trust_pem) {
  auto authority = TRY(CertificateAuthority::create(clock));
  auto server = TRY(TlsServerContext::create());
  return TlsServices(std::move(authority), std::move(server), std::move(host_trust_pem));
}

Result<TlsClientContext*> TlsServices::towards_internet() {
  if (!client_) {
    client_ = TRY(TlsClientContext::create(host_trust_pem_));
    host_trust_pem_ = {};
  }
  return client_.get();
}

Verdict Services::decide(const Authority& authority) const {
  Verdict verdict = policy.decide(authority);
  if (!authority.is_literal && !keep->at(authority.host, authority.port).empty()) verdict.route = Route::inspect;
  return verdict;
}

}  // namespace bailey::gateway

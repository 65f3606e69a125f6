// The certificate authority of one session, and the certificates that the gateway shows for the hosts it inspects.
//
// Its key is made when the session starts, is never written anywhere and dies with the process, so a certificate of
// this authority is worth nothing outside of the session's sandbox. It can't make another authority (pathlen 0). All
// leaves share one key: what costs time is then one signature a host.
#pragma once

#include <list>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>

#include "base/clock.h"
#include "base/result.h"
#include "gateway/openssl_handles.h"

namespace bailey::gateway {

inline constexpr std::size_t leaf_cache_entries_max = 1024;
inline constexpr int authority_valid_days = 30;
inline constexpr int leaf_valid_days = 7;

class CertificateAuthority {
 public:
  // `clock` is borrowed and outlives it.
  [[nodiscard]] static Result<CertificateAuthority> create(const Clock& clock);
  [[nodiscard]] Result<std::string> ca_pem() const;
  // For a host name in canonical form or an address literal. Made once and kept for the least recently used 1024 hosts;
  // made again when less than a day is left.
  [[nodiscard]] Result<X509*> leaf_for(const std::string& host);  // borrowed until the next call
  [[nodiscard]] EVP_PKEY* leaf_key() const { return leaf_key_.get(); }
  [[nodiscard]] X509* certificate() const { return certificate_.get(); }
  [[nodiscard]] std::size_t cached_leaves() const { return leaves_.size(); }

 private:
  struct Leaf {
    std::string host;
    CertificateHandle certificate;
    WallTime renew_at;
  };
  explicit CertificateAuthority(const Clock& clock) : clock_(&clock) {}
  [[nodiscard]] Result<CertificateHandle> make_leaf(const std::string& host, WallTime until) const;

  const Clock* clock_;
  KeyHandle key_;
  KeyHandle leaf_key_;
  CertificateHandle certificate_;
  WallTime valid_until_;
  std::list<Leaf> leaves_;  // most recently used first
  std::unordered_map<std::string, std::list<Leaf>::iterator> by_host_;
};

}  // namespace bailey::gateway

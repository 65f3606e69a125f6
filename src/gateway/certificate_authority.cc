#include "gateway/certificate_authority.h"

#include <arpa/inet.h>
#include <openssl/pem.h>
#include <openssl/rand.h>

#include <algorithm>
#include <array>
#include <chrono>

namespace bailey::gateway {
namespace {

using std::chrono::days;

constexpr int serial_bytes = 16;
constexpr const char* authority_name = "bailey session CA";
constexpr std::size_t common_name_bytes_max = 64;  // RFC 5280, ub-common-name

bool set_time(ASN1_TIME* field, WallTime time) {
  return ASN1_TIME_set(field, std::chrono::system_clock::to_time_t(time)) != nullptr;
}

bool set_serial(X509* certificate) {
  std::array<unsigned char, serial_bytes> bytes{};
  if (RAND_bytes(bytes.data(), serial_bytes) != 1) return false;
  bytes[0] &= 0x7f;  // positive
  bytes[0] |= 0x40;  // and never zero
  const std::unique_ptr<BIGNUM, Release<BN_free>> number(BN_bin2bn(bytes.data(), serial_bytes, nullptr));
  return number && BN_to_ASN1_INTEGER(number.get(), X509_get_serialNumber(certificate)) != nullptr;
}

bool add_extension(X509* certificate, X509* issuer, int nid, const std::string& value) {
  X509V3_CTX context;
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  const std::unique_ptr<X509_EXTENSION, Release<X509_EXTENSION_free>> extension(
      X509V3_EXT_conf_nid(nullptr, &context, nid, value.c_str()));
  return extension && X509_add_ext(certificate, extension.get(), -1) == 1;
}

bool add_name(X509_NAME* name, std::string_view text) {
  return X509_NAME_add_entry_by_NID(name, NID_commonName, MBSTRING_UTF8,
                                    reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()),
                                    -1, 0) == 1;
}

// What both kinds of certificate share; nullptr if OpenSSL refused.
CertificateHandle start_certificate(EVP_PKEY* key, WallTime from, WallTime until) {
  CertificateHandle made(X509_new());
  const bool is_fine = made && X509_set_version(made.get(), X509_VERSION_3) == 1 && set_serial(made.get()) &&
                       set_time(X509_getm_notBefore(made.get()), from) &&
                       set_time(X509_getm_notAfter(made.get()), until) && X509_set_pubkey(made.get(), key) == 1;
  return is_fine ? std::move(made) : nullptr;
}

bool is_host_text(std::string_view host) {
  // Extensions are written as configuration text: nothing in a host may mean something there.
  return !host.empty() && host.size() <= 255 && std::all_of(host.begin(), host.end(), [](char c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == '-' || c == '.' || c == '_' || c == ':';
  });
}

}  // namespace

Result<CertificateAuthority> CertificateAuthority::create(const Clock& clock) {
  CertificateAuthority made(clock);
  made.key_.reset(EVP_EC_gen("P-256"));
  made.leaf_key_.reset(EVP_EC_gen("P-256"));
  if (!made.key_ || !made.leaf_key_) return openssl_failed("make the keys of the session's CA");
  made.valid_until_ = clock.wall_now() + days(authority_valid_days);
  made.certificate_ = start_certificate(made.key_.get(), clock.wall_now() - days(1), made.valid_until_);
  X509* const certificate = made.certificate_.get();
  const bool is_fine = certificate != nullptr && add_name(X509_get_subject_name(certificate), authority_name) &&
                       X509_set_issuer_name(certificate, X509_get_subject_name(certificate)) == 1 &&
                       add_extension(certificate, certificate, NID_basic_constraints, "critical,CA:TRUE,pathlen:0") &&
                       add_extension(certificate, certificate, NID_key_usage, "critical,keyCertSign") &&
                       add_extension(certificate, certificate, NID_subject_key_identifier, "hash") &&
                       X509_sign(certificate, made.key_.get(), EVP_sha256()) > 0;
  if (!is_fine) return openssl_failed("make the certificate of the session's CA");
  return made;
}

Result<std::string> CertificateAuthority::ca_pem() const {
  const BioHandle out(BIO_new(BIO_s_mem()));
  if (!out || PEM_write_bio_X509(out.get(), certificate_.get()) != 1) return openssl_failed("write the session's CA");
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out.get(), &bytes);
  return std::string(bytes, static_cast<std::size_t>(size));
}

Result<CertificateHandle> CertificateAuthority::make_leaf(const std::string& host, WallTime until) const {
  const std::string what = "make a certificate for " + host;
  if (!is_host_text(host)) return fail("make a certificate", "the host is not in canonical form");
  in6_addr address{};
  const bool is_literal =
      ::inet_pton(AF_INET, host.c_str(), &address) == 1 || ::inet_pton(AF_INET6, host.c_str(), &address) == 1;
  auto made = start_certificate(leaf_key_.get(), clock_->wall_now() - days(1), until);
  X509* const leaf = made.get();
  X509* const issuer = certificate_.get();
  // An empty subject needs a critical SAN; clients that still look at the name get what fits.
  const bool has_name = host.size() <= common_name_bytes_max;
  const std::string alternative = (has_name ? "" : "critical,") + std::string(is_literal ? "IP:" : "DNS:") + host;
  const bool is_fine = leaf != nullptr && (!has_name || add_name(X509_get_subject_name(leaf), host)) &&
                       X509_set_issuer_name(leaf, X509_get_subject_name(issuer)) == 1 &&
                       add_extension(leaf, issuer, NID_basic_constraints, "critical,CA:FALSE") &&
                       add_extension(leaf, issuer, NID_key_usage, "critical,digitalSignature") &&
                       add_extension(leaf, issuer, NID_ext_key_usage, "serverAuth") &&
                       add_extension(leaf, issuer, NID_subject_alt_name, alternative) &&
                       add_extension(leaf, issuer, NID_subject_key_identifier, "hash") &&
                       add_extension(leaf, issuer, NID_authority_key_identifier, "keyid") &&
                       X509_sign(leaf, key_.get(), EVP_sha256()) > 0;
  if (!is_fine) return openssl_failed(what);
  return made;
}

Result<X509*> CertificateAuthority::leaf_for(const std::string& host) {
  const WallTime now = clock_->wall_now();
  if (const auto found = by_host_.find(host); found != by_host_.end()) {
    leaves_.splice(leaves_.begin(), leaves_, found->second);
    if (now < leaves_.front().renew_at) return leaves_.front().certificate.get();
    leaves_.pop_front();
    by_host_.erase(found);
  }
  const WallTime until = std::min(now + days(leaf_valid_days), valid_until_);
  // Not within the braces below: g++ 12 leaks their first member when TRY returns.
  auto certificate = TRY(make_leaf(host, until));
  leaves_.push_front({host, std::move(certificate), until - days(1)});
  by_host_[host] = leaves_.begin();
  if (leaves_.size() > leaf_cache_entries_max) {
    by_host_.erase(leaves_.back().host);
    leaves_.pop_back();
  }
  return leaves_.front().certificate.get();
}

}  // namespace bailey::gateway

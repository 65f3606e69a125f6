#include "gateway/tls_context.h"

#include <array>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <sstream>

#include "base/text.h"
#include "gateway/trust_store.h"

namespace bailey::gateway {
namespace {

// Where distributions keep the bundle, beside OpenSSL's own default.
constexpr std::array<const char*, 4> usual_bundles = {"/etc/ssl/certs/ca-certificates.crt",
                                                      "/etc/pki/tls/certs/ca-bundle.crt", "/etc/ssl/ca-bundle.pem",
                                                      "/etc/ssl/cert.pem"};

std::string file_text(const std::filesystem::path& path) {
  const std::ifstream in(path, std::ios::binary);
  std::ostringstream text;
  if (in) text << in.rdbuf();
  return text.str().substr(0, trust_bundle_bytes_max);
}

std::string directory_text(const std::filesystem::path& directory) {
  std::string all;
  std::error_code error;
  for (const auto& entry : std::filesystem::directory_iterator(directory, error)) {
    if (all.size() > trust_bundle_bytes_max) break;
    // Names of hashed directories: 5ed36f99.0
    if (entry.is_regular_file(error) && entry.path().extension().string().starts_with("."))
      all += file_text(entry.path()) + "\n";
  }
  return all;
}

int choose_protocol(SSL*, const unsigned char** chosen, unsigned char* chosen_bytes, const unsigned char* offered,
                    unsigned offered_bytes, void*) {
  static constexpr unsigned char ours[] = "\x02h2\x08http/1.1";
  unsigned char* out = nullptr;
  if (SSL_select_next_proto(&out, chosen_bytes, ours, sizeof ours - 1, offered, offered_bytes) !=
      OPENSSL_NPN_NEGOTIATED)
    return SSL_TLSEXT_ERR_ALERT_FATAL;
  *chosen = out;
  return SSL_TLSEXT_ERR_OK;
}

bool set_common(SSL_CTX* context) {
  SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_AUTO_RETRY);
  return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) == 1;
}

}  // namespace

Result<std::string> read_host_trust() {
  const char* const file = std::getenv(X509_get_default_cert_file_env());
  const char* const directories = std::getenv(X509_get_default_cert_dir_env());
  std::string pem;
  if (file != nullptr) pem = file_text(file) + "\n";
  if (directories != nullptr)
    for (const auto directory : split(directories, ':')) pem += directory_text(std::string(directory));
  if (file == nullptr && directories == nullptr) {
    pem = file_text(X509_get_default_cert_file());
    for (std::size_t i = 0; pem.empty() && i < usual_bundles.size(); ++i) pem = file_text(usual_bundles[i]);
    if (pem.empty()) pem = directory_text(X509_get_default_cert_dir());
  }
  if (pem.find("-----BEGIN") == std::string::npos)
    return fail("read the certificates that this host trusts", "none were found",
                "install ca-certificates or set SSL_CERT_FILE");
  return pem;
}

Result<TlsServerContext> TlsServerContext::create() {
  TlsServerContext made;
  made.context_.reset(SSL_CTX_new(TLS_server_method()));
  SSL_CTX* const context = made.context_.get();
  if (context == nullptr || !set_common(context)) return openssl_failed("prepare TLS for the sandbox");
  SSL_CTX_set_options(context, SSL_OP_NO_TICKET | SSL_OP_CIPHER_SERVER_PREFERENCE);
  SSL_CTX_set_num_tickets(context, 0);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_alpn_select_cb(context, choose_protocol, nullptr);
  return made;
}

Result<std::unique_ptr<TlsClientContext>> TlsClientContext::create(std::string_view trusted_pem) {
  std::unique_ptr<TlsClientContext> made(new TlsClientContext);
  made->context_.reset(SSL_CTX_new(TLS_client_method()));
  SSL_CTX* const context = made->context_.get();
  if (context == nullptr || !set_common(context)) return openssl_failed("prepare TLS for the internet");
  for (const auto& der : TRY(certificates_of(trusted_pem))) {
    const auto* bytes = reinterpret_cast<const unsigned char*>(der.data());
    const CertificateHandle certificate(d2i_X509(nullptr, &bytes, static_cast<long>(der.size())));
    // One that OpenSSL can't read vouches for nobody; the others still do.
    if (certificate) X509_STORE_add_cert(SSL_CTX_get_cert_store(context), certificate.get());
  }
  ERR_clear_error();
  SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_CLIENT | SSL_SESS_CACHE_NO_INTERNAL);
  return made;
}

void TlsClientContext::remember(const std::string& key, TlsSessionHandle session) {
  (void)take(key);
  sessions_.emplace_front(key, std::move(session));
  by_key_[key] = sessions_.begin();
  if (sessions_.size() <= resumable_sessions_max) return;
  by_key_.erase(sessions_.back().first);
  sessions_.pop_back();
}

TlsSessionHandle TlsClientContext::take(const std::string& key) {
  const auto found = by_key_.find(key);
  if (found == by_key_.end()) return nullptr;
  TlsSessionHandle session = std::move(found->second->second);
  sessions_.erase(found->second);
  by_key_.erase(found);
  return session;
}

}  // namespace bailey::gateway

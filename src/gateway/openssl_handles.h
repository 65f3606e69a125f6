// OpenSSL's objects owned, and its error queue as text.
#pragma once

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>

#include <memory>
#include <string>

#include "base/release.h"
#include "base/result.h"

namespace bailey::gateway {

using KeyHandle = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using CertificateHandle = std::unique_ptr<X509, Release<X509_free>>;
using BioHandle = std::unique_ptr<BIO, Release<BIO_free_all>>;
using TlsHandle = std::unique_ptr<SSL, Release<SSL_free>>;
using TlsContextHandle = std::unique_ptr<SSL_CTX, Release<SSL_CTX_free>>;
using TlsSessionHandle = std::unique_ptr<SSL_SESSION, Release<SSL_SESSION_free>>;

// The oldest error of the thread's queue, which is emptied.
[[nodiscard]] inline std::string openssl_reason() {
  const unsigned long code = ERR_get_error();
  ERR_clear_error();
  const char* const text = code == 0 ? nullptr : ERR_reason_error_string(code);
  return text == nullptr ? "OpenSSL refused" : text;
}
[[nodiscard]] inline std::unexpected<Error> openssl_failed(std::string what) {
  return fail(std::move(what), openssl_reason());
}

}  // namespace bailey::gateway

#include "credentials/rs256.h"

#include <openssl/bio.h>
#include <openssl/evp.h>
#include <openssl/pem.h>

#include <memory>

#include "base/release.h"

namespace bailey::credentials {
namespace {

constexpr int rsa_bits_min = 2048;

using Bio = std::unique_ptr<BIO, Release<BIO_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;
using Digest = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;

// Instead of a question on the terminal.
int no_passphrase(char*, int, int, void*) { return -1; }

}  // namespace

Result<std::string> sign_rs256(std::string_view pem, std::string_view text) {
  const std::string what = "sign with the app's key";
  const std::string remedy = "'key' must be the private key that was generated for the app, as it was downloaded (PEM)";
  if (pem.empty() || pem.size() > private_key_bytes_max) return fail(what, "it is empty or too large", remedy);
  const Bio bio(BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())));
  const Key key(bio ? PEM_read_bio_PrivateKey(bio.get(), nullptr, no_passphrase, nullptr) : nullptr);
  if (!key || EVP_PKEY_get_base_id(key.get()) != EVP_PKEY_RSA)
    return fail(what, "it is not an unencrypted RSA private key", remedy);
  if (EVP_PKEY_get_bits(key.get()) < rsa_bits_min) return fail(what, "it has less than 2048 bits", remedy);
  const Digest digest(EVP_MD_CTX_new());
  const auto* bytes = reinterpret_cast<const unsigned char*>(text.data());
  std::size_t size = 0;
  if (!digest || EVP_DigestSignInit(digest.get(), nullptr, EVP_sha256(), nullptr, key.get()) != 1 ||
      EVP_DigestSign(digest.get(), nullptr, &size, bytes, text.size()) != 1)
    return fail(what, "OpenSSL refused");
  std::string signature(size, '\0');
  if (EVP_DigestSign(digest.get(), reinterpret_cast<unsigned char*>(signature.data()), &size, bytes, text.size()) != 1)
    return fail(what, "OpenSSL refused");
  signature.resize(size);
  return signature;
}

}  // namespace bailey::credentials

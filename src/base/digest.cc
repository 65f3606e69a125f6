// libcrypto's interface from before the providers: the same code, without their start.
#define OPENSSL_SUPPRESS_DEPRECATED

#include "base/digest.h"

#include <openssl/sha.h>
#include <sodium/crypto_hash_sha256.h>

namespace bailey {

static_assert(sha256_bytes == crypto_hash_sha256_BYTES && sha1_bytes == SHA_DIGEST_LENGTH);

std::string sha256(std::initializer_list<std::string_view> parts) {
  crypto_hash_sha256_state state;
  crypto_hash_sha256_init(&state);
  for (const auto part : parts)
    crypto_hash_sha256_update(&state, reinterpret_cast<const unsigned char*>(part.data()), part.size());
  std::string digest(sha256_bytes, '\0');
  crypto_hash_sha256_final(&state, reinterpret_cast<unsigned char*>(digest.data()));
  return digest;
}

std::string sha1(std::string_view bytes) {
  SHA_CTX state;
  SHA1_Init(&state);
  SHA1_Update(&state, bytes.data(), bytes.size());
  std::string digest(sha1_bytes, '\0');
  SHA1_Final(reinterpret_cast<unsigned char*>(digest.data()), &state);
  return digest;
}

}  // namespace bailey

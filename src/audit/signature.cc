#include "audit/signature.h"

#include <sodium/crypto_sign_ed25519.h>
#include <sodium/utils.h>

#include "base/digest.h"
#include "base/text.h"

namespace bailey::audit {
namespace {

constexpr std::size_t signature_bytes = crypto_sign_ed25519_BYTES;
static_assert(signature_bytes * 2 == signature_digits);

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

// The seed and the public key, as libsodium wants it; wiped when it goes.
struct KeyPair {
  explicit KeyPair(const Seed& seed) {
    crypto_sign_ed25519_seed_keypair(shared.bytes.data(), secret, seed.bytes.data());
  }
  KeyPair(const KeyPair&) = delete;
  KeyPair& operator=(const KeyPair&) = delete;
  ~KeyPair() { sodium_memzero(secret, sizeof secret); }

  PublicKey shared;
  unsigned char secret[crypto_sign_ed25519_SECRETKEYBYTES];
};

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

bool signature_from_hex(std::string_view hex, std::array<unsigned char, signature_bytes>& signature) {
  if (hex.size() != signature_digits) return false;
  for (std::size_t i = 0; i < signature_bytes; ++i) {
    const int high = digit(hex[2 * i]), low = digit(hex[2 * i + 1]);
    if (high < 0 || low < 0) return false;
    signature[i] = static_cast<unsigned char>(high * 16 + low);
  }
  return true;
}

}  // namespace

PublicKey public_key(const Seed& seed) { return KeyPair(seed).shared; }

std::string sign(const Seed& seed, std::string_view message) {
  const KeyPair pair(seed);
  unsigned char signature[signature_bytes];
  crypto_sign_ed25519_detached(signature, nullptr, bytes_of(message), message.size(), pair.secret);
  return to_hex(std::string_view(reinterpret_cast<const char*>(signature), sizeof signature));
}

bool is_signed(const PublicKey& key, std::string_view message, std::string_view hex) {
  std::array<unsigned char, signature_bytes> signature{};
  return signature_from_hex(hex, signature) &&
         crypto_sign_ed25519_verify_detached(signature.data(), bytes_of(message), message.size(), key.bytes.data()) ==
             0;
}

std::string fingerprint(const PublicKey& key) {
  return to_hex(sha256(std::string_view(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size())))
      .substr(0, 16);
}

}  // namespace bailey::audit

#include "audit/crypto.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>

#include "base/text.h"

namespace bailey::audit {
namespace {

template <auto release>
struct Release {
  void operator()(auto* object) const { release(object); }
};
using Context = std::unique_ptr<OSSL_LIB_CTX, Release<OSSL_LIB_CTX_free>>;
using Digest = std::unique_ptr<EVP_MD, Release<EVP_MD_free>>;
using DigestContext = std::unique_ptr<EVP_MD_CTX, Release<EVP_MD_CTX_free>>;
using Key = std::unique_ptr<EVP_PKEY, Release<EVP_PKEY_free>>;

constexpr const char* ed25519 = "ED25519";
constexpr std::size_t digest_bytes = 32;
constexpr std::size_t signature_bytes = 64;

std::unexpected<Error> refused(const char* what) {
  return fail(what, "OpenSSL refused", "check that libcrypto 3 is complete (openssl list -providers)");
}

const unsigned char* bytes_of(std::string_view text) { return reinterpret_cast<const unsigned char*>(text.data()); }

std::string hex_of(const unsigned char* bytes, std::size_t count) {
  return to_hex(std::string_view(reinterpret_cast<const char*>(bytes), count));
}

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

struct Crypto::State {
  Context context;
  Digest sha256;
  DigestContext hashing;
};

Crypto::Crypto(std::unique_ptr<State> state) : state_(std::move(state)) {}
Crypto::Crypto(Crypto&&) noexcept = default;
Crypto& Crypto::operator=(Crypto&&) noexcept = default;
Crypto::~Crypto() = default;

Result<Crypto> Crypto::open() {
  auto state = std::make_unique<State>();
  state->context.reset(OSSL_LIB_CTX_new());
  if (!state->context) return refused("prepare OpenSSL");
  state->sha256.reset(EVP_MD_fetch(state->context.get(), "SHA256", nullptr));
  state->hashing.reset(EVP_MD_CTX_new());
  if (!state->sha256 || !state->hashing) return refused("find SHA-256");
  return Crypto(std::move(state));
}

Result<std::string> Crypto::sha256(std::initializer_list<std::string_view> parts) const {
  EVP_MD_CTX* const hashing = state_->hashing.get();
  bool fine = EVP_DigestInit_ex2(hashing, state_->sha256.get(), nullptr) == 1;
  for (const auto part : parts) fine = fine && EVP_DigestUpdate(hashing, part.data(), part.size()) == 1;
  std::array<unsigned char, digest_bytes> digest{};
  if (!fine || EVP_DigestFinal_ex(hashing, digest.data(), nullptr) != 1) return refused("compute SHA-256");
  return hex_of(digest.data(), digest.size());
}

Result<PublicKey> Crypto::public_key(const Seed& seed) const {
  const Key key(
      EVP_PKEY_new_raw_private_key_ex(state_->context.get(), ed25519, nullptr, seed.bytes.data(), seed.bytes.size()));
  PublicKey made;
  std::size_t size = made.bytes.size();
  if (!key || EVP_PKEY_get_raw_public_key(key.get(), made.bytes.data(), &size) != 1) return refused("load Ed25519 key");
  return made;
}

Result<std::string> Crypto::sign(const Seed& seed, std::string_view message) const {
  OSSL_LIB_CTX* const context = state_->context.get();
  const Key key(EVP_PKEY_new_raw_private_key_ex(context, ed25519, nullptr, seed.bytes.data(), seed.bytes.size()));
  const DigestContext signing(EVP_MD_CTX_new());
  std::array<unsigned char, signature_bytes> signature{};
  std::size_t size = signature.size();
  if (!key || !signing ||
      EVP_DigestSignInit_ex(signing.get(), nullptr, nullptr, context, nullptr, key.get(), nullptr) != 1 ||
      EVP_DigestSign(signing.get(), signature.data(), &size, bytes_of(message), message.size()) != 1)
    return refused("sign with Ed25519");
  return hex_of(signature.data(), signature.size());
}

bool Crypto::verify(const PublicKey& public_key, std::string_view message, std::string_view hex) const {
  std::array<unsigned char, signature_bytes> signature{};
  if (!signature_from_hex(hex, signature)) return false;
  OSSL_LIB_CTX* const context = state_->context.get();
  const Key key(
      EVP_PKEY_new_raw_public_key_ex(context, ed25519, nullptr, public_key.bytes.data(), public_key.bytes.size()));
  const DigestContext checking(EVP_MD_CTX_new());
  return key && checking &&
         EVP_DigestVerifyInit_ex(checking.get(), nullptr, nullptr, context, nullptr, key.get(), nullptr) == 1 &&
         EVP_DigestVerify(checking.get(), signature.data(), signature.size(), bytes_of(message), message.size()) == 1;
}

Result<std::string> fingerprint(const Crypto& crypto, const PublicKey& key) {
  const std::string_view bytes(reinterpret_cast<const char*>(key.bytes.data()), key.bytes.size());
  std::string digest = TRY(crypto.sha256({bytes}));
  digest.resize(16);
  return digest;
}

}  // namespace bailey::audit

// SHA-256 and Ed25519 (RFC 8032) by OpenSSL 3, from a library context of our own: that leaves openssl.cnf and the
// providers it names unread, which would cost more than a millisecond at the start (OSSL_LIB_CTX(3)).
#pragma once

#include <array>
#include <cstdint>
#include <initializer_list>
#include <memory>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::audit {

struct Seed {
  std::array<unsigned char, 32> bytes{};  // the private key as RFC 8032 defines it
};
struct PublicKey {
  std::array<unsigned char, 32> bytes{};
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};
inline constexpr std::size_t signature_digits = 128;  // 64 bytes in hex

// Keeps what is expensive to look up. One thread uses it. Errors mean that OpenSSL lacks the algorithm or memory.
class Crypto {
 public:
  [[nodiscard]] static Result<Crypto> open();
  Crypto(Crypto&&) noexcept;
  Crypto& operator=(Crypto&&) noexcept;
  ~Crypto();

  // Of the parts one after the other; 64 hex digits.
  [[nodiscard]] Result<std::string> sha256(std::initializer_list<std::string_view> parts) const;
  [[nodiscard]] Result<PublicKey> public_key(const Seed& seed) const;
  // 128 hex digits.
  [[nodiscard]] Result<std::string> sign(const Seed& seed, std::string_view message) const;
  // False for anything that is no signature of the message by that key.
  [[nodiscard]] bool verify(const PublicKey& key, std::string_view message, std::string_view signature) const;

 private:
  struct State;
  explicit Crypto(std::unique_ptr<State> state);
  std::unique_ptr<State> state_;
};

// The first 16 hex digits of the key's SHA-256: names a key in a log.
[[nodiscard]] Result<std::string> fingerprint(const Crypto& crypto, const PublicKey& key);

}  // namespace bailey::audit

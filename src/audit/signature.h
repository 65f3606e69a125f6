// Ed25519 (RFC 8032) by libsodium: what a checkpoint is signed with.
#pragma once

#include <array>
#include <string>
#include <string_view>

namespace bailey::audit {

struct Seed {
  std::array<unsigned char, 32> bytes{};  // the private key as RFC 8032 defines it
};
struct PublicKey {
  std::array<unsigned char, 32> bytes{};
  friend bool operator==(const PublicKey&, const PublicKey&) = default;
};
inline constexpr std::size_t signature_digits = 128;  // 64 bytes in hex

[[nodiscard]] PublicKey public_key(const Seed& seed);
// 128 hex digits.
[[nodiscard]] std::string sign(const Seed& seed, std::string_view message);
// `hex`: 128 hex digits. False for anything that is no signature of the message by that key.
[[nodiscard]] bool is_signed(const PublicKey& key, std::string_view message, std::string_view hex);
// The first 16 hex digits of the key's SHA-256: names a key in a log.
[[nodiscard]] std::string fingerprint(const PublicKey& key);

}  // namespace bailey::audit

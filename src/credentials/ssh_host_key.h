// Public keys of SSH and signatures by them: Ed25519 (RFC 8709), ECDSA (RFC 5656) and RSA with SHA-2 (RFC 8332). The
// arithmetic is libcrypto's. RSA with SHA-1, DSA, certificates and keys of security tokens are not understood.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr int rsa_bits_min = 2048;
inline constexpr int rsa_bits_max = 16384;

// Whether `signature` (a blob) is `key`'s (a blob) over `data`.
[[nodiscard]] Status verify_ssh_signature(std::string_view key, std::string_view signature, std::string_view data);

// "SHA256:…", as ssh-keygen -l shows it.
[[nodiscard]] std::string ssh_fingerprint(std::string_view key);

[[nodiscard]] std::string to_base64(std::string_view bytes);
// With or without padding; anything else in it gives an empty text.
[[nodiscard]] std::string from_base64(std::string_view text);

}  // namespace bailey::credentials

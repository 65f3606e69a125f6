// SHA-256 (FIPS 180-4) by libsodium, and SHA-1 where git's and Java's file formats ask for it. Neither can fail, and
// neither loads anything at the start: OpenSSL's providers cost as much as everything else in a short command.
#pragma once

#include <initializer_list>
#include <string>
#include <string_view>

namespace bailey {

inline constexpr std::size_t sha256_bytes = 32;
inline constexpr std::size_t sha1_bytes = 20;

// Raw bytes (to_hex() makes digits of them), of the parts one after the other.
[[nodiscard]] std::string sha256(std::initializer_list<std::string_view> parts);
[[nodiscard]] inline std::string sha256(std::string_view bytes) { return sha256({bytes}); }
// Broken as a proof of anything: for checksums in formats of others only.
[[nodiscard]] std::string sha1(std::string_view bytes);

}  // namespace bailey

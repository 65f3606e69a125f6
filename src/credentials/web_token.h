// JSON web tokens (RFC 7519, in the compact form of RFC 7515: three parts in base64url with dots between them), as far
// as a placeholder of one needs them. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "credentials/random_shape.h"

namespace bailey::credentials {

inline constexpr std::size_t web_token_bytes_max = 64 * 1024;
// 2100-01-01: later than any session, and within what 32 unsigned bits hold.
inline constexpr std::int64_t far_expiry_seconds = 4'102'444'800;

// Three parts, of which the first two are JSON objects.
[[nodiscard]] bool is_web_token(std::string_view text);

// The same header; the same claims, but an `exp` far in the future, and texts in them that look like secrets
// (looks_secret.h) replaced; a random signature, which makes it as long as the token. nullopt: it is no token, or one
// whose signature is too short for that.
[[nodiscard]] std::optional<std::string> web_token_placeholder(std::string_view token, SeededBytes& bytes);

// RFC 4648, section 5, without padding. Refuses other characters and left-over bits.
[[nodiscard]] std::optional<std::string> from_base64url(std::string_view text);
[[nodiscard]] std::string to_base64url(std::string_view bytes);

}  // namespace bailey::credentials

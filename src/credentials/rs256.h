// RS256 (RFC 7518, section 3.3: RSASSA-PKCS1-v1_5 with SHA-256) by OpenSSL. Only bailey-minter is linked with it.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr std::size_t private_key_bytes_max = std::size_t{16} << 10;

// `pem`: an RSA private key of at least 2048 bits, PKCS #1 or PKCS #8, not encrypted. Raw signature bytes.
[[nodiscard]] Result<std::string> sign_rs256(std::string_view pem, std::string_view text);

}  // namespace bailey::credentials

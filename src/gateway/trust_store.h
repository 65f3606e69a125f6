// What makes the programs in the sandbox trust the session's CA beside those of the host: texts, made without I/O.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"

namespace bailey::gateway {

inline constexpr std::size_t trust_bundle_bytes_max = std::size_t{16} << 20;
inline constexpr std::string_view java_store_password = "changeit";  // what every Java expects; protects nothing

// The DER of each "CERTIFICATE" of a PEM text; other blocks and text between them are passed over.
[[nodiscard]] Result<std::vector<std::string>> certificates_of(std::string_view pem);
// For Java: a key store of type JKS with only trusted certificates, as keytool writes it.
[[nodiscard]] Result<std::string> java_trust_store(std::string_view host_pem, std::string_view ca_pem, WallTime now);

}  // namespace bailey::gateway

// The world outside of bailey-minter: `curl` for requests, the user's programs, the sources of keys, OpenSSL.
#pragma once

#include <string>
#include <vector>

#include "credentials/carry_out.h"

namespace bailey::credentials {

inline constexpr std::chrono::seconds issuer_program_time_max{10};

// `environment`: "NAME=value" of whoever started the session. The user's programs get it as it is; curl gets the
// variables of proxies and certificates only.
[[nodiscard]] IssuerWorld issuer_world(std::vector<std::string> environment);
[[nodiscard]] std::vector<std::string> curl_environment(const std::vector<std::string>& environment);

}  // namespace bailey::credentials

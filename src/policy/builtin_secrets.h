// The built-in secret patterns: policy/secrets.toml, embedded.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace bailey::policy {

// In the order of SecretNames::compile(), exceptions with their "!". Fails only if the embedded file is broken, which a
// test excludes.
[[nodiscard]] Result<std::vector<std::string>> builtin_secret_patterns();

}  // namespace bailey::policy

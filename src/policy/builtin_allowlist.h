// The default allow-list: policy/allowlist.toml, embedded.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace bailey::policy {

struct BuiltinHost {
  std::string pattern;
  std::string reason;  // of its group
};

// Fails only if the embedded file is broken, which a test excludes.
[[nodiscard]] Result<std::vector<BuiltinHost>> builtin_allowlist();

}  // namespace bailey::policy

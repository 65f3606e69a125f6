// The default allow-list: policy/allowlist.toml, embedded.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"

namespace bailey::policy {

// Code hosts take pushes: the gateway looks into what is sent there (gateway/git_guard.h).
enum class Takes { nothing, pushes };

struct BuiltinHost {
  std::string pattern;
  std::string reason;  // of its group
  Takes takes = Takes::nothing;
};

// Fails only if the embedded file is broken, which a test excludes.
[[nodiscard]] Result<std::vector<BuiltinHost>> builtin_allowlist();

}  // namespace bailey::policy

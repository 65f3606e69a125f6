// Patterns over paths of a repository, as in CODEOWNERS and gitignore(5): "*" and "?" stay within a component, "**"
// crosses them; a pattern without a slash (but for one at its end) names a component at any depth, any other is counted
// from the top; what names a directory means everything below it. ASCII letter case is ignored: on some file systems of
// the user's it is.
#pragma once

#include <string_view>

#include "base/result.h"

namespace bailey::policy {

inline constexpr std::size_t path_pattern_bytes_max = 512;

// No empty pattern, no "..", no control characters, at most path_pattern_bytes_max.
[[nodiscard]] Status check_path_pattern(std::string_view pattern);
// `path` relative to the top, with "/" between components.
[[nodiscard]] bool matches_path(std::string_view pattern, std::string_view path);

}  // namespace bailey::policy

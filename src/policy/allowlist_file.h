// allowlist.txt and .bailey-allowlist.txt: one pattern a line (domain_pattern.h), '#' starts a comment, blank lines are
// nothing. A file with no pattern in it allows nothing.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "policy/values.h"

namespace bailey::policy {

inline constexpr std::size_t allowlist_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t allowlist_entries_max = 15'000;

// Errors start with "file:line:column". Columns count bytes from 1.
[[nodiscard]] Result<std::vector<Given<std::string>>> parse_allowlist(std::string_view text, std::string_view file);

}  // namespace bailey::policy

// A repository's config file read as data: git-config(1), "Syntax". Includes are not followed and nothing is executed.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::git {

struct ConfigEntry {
  std::string name;   // "core.bare", "extensions.objectformat"; with a subsection "remote.Origin.url"
  std::string value;  // unquoted; "true" for a name without "="
};

inline constexpr std::size_t config_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t config_entries_max = 100'000;

[[nodiscard]] Result<std::vector<ConfigEntry>> parse_config(std::string_view text);
// The last value wins; nullptr: not set. `name` in lower case.
[[nodiscard]] const std::string* config_value(const std::vector<ConfigEntry>& entries, std::string_view name);
// git's booleans: yes, on, true, 1; everything else is false.
[[nodiscard]] bool config_true(std::string_view value);

}  // namespace bailey::git

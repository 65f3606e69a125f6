// Lines of NAME=value: mcp-secrets.env, and simple settings files (.npmrc, ~/.aws/credentials). Pure;
// the views point into the text, which its owner wipes.
#pragma once

#include <optional>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr std::size_t secrets_file_bytes_max = 256 * 1024;
inline constexpr std::size_t secrets_file_entries_max = 1000;

// mcp-secrets.env, strictly: empty lines, lines that start with '#', and NAME=value. The value is the rest of the line
// as it is; quotes around all of it are taken off. Nothing is expanded. Errors name file and line, never a value.
// Refused: names that are none, a name twice, quotes that don't end, control characters, more than the limits.
using NamedValues = std::vector<std::pair<std::string_view, std::string_view>>;
[[nodiscard]] Result<NamedValues> parse_secrets_file(std::string_view text, std::string_view file);

// The value of `name` in a file of such lines that somebody else reads too: spaces around '=' don't count, lines that
// are something else are passed over, and behind a line "[section]" names are "section.name". The first one counts.
[[nodiscard]] std::optional<std::string_view> find_named_value(std::string_view text, std::string_view name);

}  // namespace bailey::credentials

// Text to nodes, TOML 1.0.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "toml/node.h"

namespace bailey::toml {

// The texts are written by hand, some of them by an attacker (a repository's .bailey.toml).
inline constexpr std::size_t text_bytes_max = 256 * 1024;
// Each dot may open a table inside the last one, and tables are destroyed recursively.
inline constexpr std::size_t line_dots_max = 256;
inline constexpr std::size_t nodes_max = 20'000;  // values in one text
inline constexpr std::size_t depth_max = 16;      // tables and arrays inside each other

// The root table. `file` names the text in errors, which start with "file:line:column". Refused: what is not TOML,
// duplicate keys, NUL, text that is not UTF-8, anything over the limits.
[[nodiscard]] Result<Node> parse(std::string_view text, std::string_view file);

}  // namespace bailey::toml

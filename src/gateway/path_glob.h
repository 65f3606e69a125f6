// Paths of requests against globs of rules: '*' is any text within a segment, '**' any text at all.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bailey::gateway {

inline constexpr std::size_t path_bytes_max = 8192;

// The form in which different spellings of one path are the same: unreserved characters decoded, other escapes in upper
// case (RFC 3986, 6.2.2). nullopt for what servers read in different ways: no leading slash, dot segments and empty
// segments (encoded or not; an empty one at the end is fine), an encoded slash, backslash or control character, a
// broken escape, a backslash, a character that is not ASCII, more than path_bytes_max.
[[nodiscard]] std::optional<std::string> normal_path(std::string_view path);

// `path` in normal form. Work is at most the product of the two lengths, whatever they hold.
[[nodiscard]] bool path_matches(std::string_view glob, std::string_view path);

}  // namespace bailey::gateway

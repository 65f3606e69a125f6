// Paths as the most forgiving file system of a user's would compare them, and globs over such paths.
//
// A tree of git's holds names byte by byte. Checked out on APFS, NTFS or a case-insensitive ext4 directory, other bytes
// can name the same file: letter case, Unicode normal forms and characters that HFS+ ignores; on NTFS trailing dots and
// spaces and ":stream" suffixes as well. comparable() maps all of these to one spelling, so that one rule meets them.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::review {

// Case folded, compatibility-composed, without ignorable characters, each component without trailing dots and spaces
// and without what follows a colon; backslashes are slashes. Bytes that are not UTF-8 stay as they are.
[[nodiscard]] std::string comparable(std::string_view path);

// A regular expression (RE2 syntax, to be matched in full) over comparable() paths, from a glob in the manner of
// gitignore(5): "*" and "?" stay within a component, "**" crosses them, "{a,b}" is either. A glob without a slash, or
// with one at its end only, names a component at any depth; one that starts with "/" starts at the top; any other
// matches at any depth too. One that ends in "/" means everything below.
[[nodiscard]] Result<std::string> glob_to_regex(std::string_view glob);

inline constexpr std::size_t glob_bytes_max = 255;

}  // namespace bailey::review

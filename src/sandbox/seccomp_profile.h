// The seccomp program of a session: bailey's own profile or the user's, ready for init.
//
// policy/seccomp.json is compiled while bailey is built, so a normal start parses nothing. A profile of the user is
// compiled once and kept in the user's cache under the digest of everything that it was made from.
#pragma once

#include <linux/filter.h>

#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "sandbox/seccomp_compile.h"

namespace bailey::sandbox {

inline constexpr std::size_t oci_profile_bytes_max = std::size_t{1} << 20;

// The bytes of policy/seccomp.json compiled, without the floor. Static storage.
[[nodiscard]] std::span<const sock_filter> default_profile();

// A user's profile, without the floor. `cache_directory` is $XDG_CACHE_HOME/bailey; the program is kept below it in
// seccomp/<digest>.bpf (0600). An unreadable, foreign or damaged file there is compiled anew, and a cache that can't be
// written only costs time. `name` stands for the text in errors.
[[nodiscard]] Result<SeccompProgram> cached_profile(std::string_view text, std::string_view name,
                                                    const std::string& cache_directory);

// Where cached_profile keeps the program of that text.
[[nodiscard]] std::string seccomp_cache_path(std::string_view text, const std::string& cache_directory);

}  // namespace bailey::sandbox

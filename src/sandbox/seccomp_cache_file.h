// The format of a compiled profile on disk: a magic number, two counts, the instructions, the ignored names one a line,
// and the SHA-256 of all that. Read back exactly or not at all.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sandbox/seccomp_compile.h"

namespace bailey::sandbox {

inline constexpr std::size_t seccomp_cache_bytes_max = std::size_t{1} << 18;

[[nodiscard]] std::string write_cache_file(const SeccompProgram& program);
[[nodiscard]] Result<SeccompProgram> read_cache_file(std::string_view bytes);

}  // namespace bailey::sandbox

// Small files of a host's git directory, read without following links and without blocking on a pipe.
#pragma once

#include <string>

#include "base/result.h"

namespace bailey::workspace {

inline constexpr std::size_t git_text_bytes_max = std::size_t{1} << 20;

// Empty when there is no such file, when it is not a regular one, or when a link leads to it.
[[nodiscard]] Result<std::string> read_git_text(int directory, const std::string& name,
                                                std::size_t bytes_max = git_text_bytes_max);
// A file of the user's own, which may be a link (dotfiles often are). Empty when it can't be read.
[[nodiscard]] std::string read_user_text(const std::string& path, std::size_t bytes_max = git_text_bytes_max);

}  // namespace bailey::workspace

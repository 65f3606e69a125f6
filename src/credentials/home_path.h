// Opens a path below the user's home directory. People keep settings in a repository of dotfiles and link to them, so
// links are followed as long as they lead to a place below the home directory; what is opened then is opened without
// following any.
#pragma once

#include <cstdint>
#include <string>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::credentials {

struct HomeEntry {
  Fd fd;             // readable: a directory or a regular file
  std::string path;  // relative to the home directory, where it really lies
  bool is_directory = false;
  std::uint64_t bytes = 0;
};

// Error code ENOENT: it is not there. Refused: what lies elsewhere, what is neither file nor directory.
[[nodiscard]] Result<HomeEntry> open_below_home(const std::string& home, const std::string& path);

}  // namespace bailey::credentials

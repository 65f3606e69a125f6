// What an earlier look at a tree found, directory by directory, so that the next look at a large one needs one stat(2)
// for a directory instead of reading it.
//
// A directory's ctime moves whenever a name in it is added, removed or replaced, and nobody can set it. So a directory
// with the inode and ctime of then holds the names of then. One that was changed shortly before it was read is not
// remembered: a later change in the same tick would not show. The file is in the user's own cache directory; anything
// unexpected in it makes it worthless, never wrong: it is for one tree and one set of secret patterns.
#pragma once

#include <sys/stat.h>

#include <cstdint>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "base/result.h"

namespace bailey::workspace {

struct ScannedDirectory {
  std::uint64_t inode = 0;
  std::int64_t ctime_ns = 0;
  std::uint64_t entries = 0;
  bool nested = false;                   // has a .git
  std::vector<std::string> directories;  // names
  std::vector<std::string> secrets;      // names
};

using ScannedDirectories = std::unordered_map<std::string, ScannedDirectory>;  // by path below the top

inline constexpr std::size_t scan_cache_bytes_max = std::size_t{256} << 20;
inline constexpr std::int64_t scan_settled_ns = 2'000'000'000;  // age of a directory's last change to be remembered

// `key` names the tree and the rules; a text with another one is refused. Pure, strict.
[[nodiscard]] std::string encode_scan(std::string_view key, const ScannedDirectories& directories);
[[nodiscard]] Result<ScannedDirectories> decode_scan(std::string_view key, std::string_view text);

// Below `cache_directory`; empty on any error.
[[nodiscard]] ScannedDirectories load_scan(const std::string& cache_directory, std::string_view key);
// Best effort: without a cache the next look takes longer, that is all.
void store_scan(const std::string& cache_directory, std::string_view key, const ScannedDirectories& directories);

}  // namespace bailey::workspace

// Git's index, read as data: gitformat-index(5), versions 2 to 4. Pure; the bytes may be an attacker's.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <string_view>

#include "base/result.h"
#include "git/oid.h"

namespace bailey::workspace {

struct IndexEntry {
  std::string_view path;  // valid during the visit only
  std::uint32_t mode = 0;
  std::uint32_t mtime_seconds = 0;
  std::uint32_t size = 0;  // low 32 bits
  bool skip_worktree = false;
  std::size_t flags_at = 0;  // where the 16 bits of flags stand in the file
};

struct IndexSummary {
  std::uint32_t version = 0;
  std::size_t entries = 0;
  std::string shared_index;  // hex name of the sharedindex.* file that this one builds on; usually empty
};

inline constexpr std::size_t index_bytes_max = std::size_t{2} << 30;
inline constexpr std::size_t index_path_bytes_max = 4095;  // PATH_MAX less its NUL
inline constexpr std::uint32_t gitlink_mode = 0160000;     // a submodule
inline constexpr std::size_t index_header_bytes = 12;

using VisitIndexEntry = std::function<void(const IndexEntry& entry)>;
// Entries without a name (a split index replaces entries of the shared one so) are counted, not visited. The checksum
// is not checked: git does that, where it matters.
[[nodiscard]] Result<IndexSummary> parse_index(std::string_view bytes, git::ObjectFormat format,
                                               const VisitIndexEntry& visit);
// From the first index_header_bytes alone: cheap for any size.
[[nodiscard]] Result<std::size_t> index_entry_count(std::string_view header);

}  // namespace bailey::workspace

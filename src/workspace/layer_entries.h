// One layer of a workspace as a list: the copy itself, or the upper layer of an overlay with what hides entries of the
// lower one. What a checkpoint remembers, and what a restore compares it with.
#pragma once

#include <cstdint>
#include <map>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::workspace {

enum class EntryKind : char {
  file = 'f',
  directory = 'd',
  opaque = 'o',  // a directory that hides the lower one's entries
  link = 'l',
  whiteout = 'w',  // hides the lower one's entry
  other = 'x',     // pipe, socket, unreadable: not kept
};

struct LayerEntry {
  EntryKind kind = EntryKind::other;
  std::uint32_t mode = 0;  // 0777 at most
  std::uint64_t bytes = 0;
  std::int64_t mtime_ns = 0;
  // Tell whether a file was touched since: the agent can set neither.
  std::uint64_t inode = 0;
  std::int64_t ctime_ns = 0;
  std::string hash;    // of a file's content, hexadecimal SHA-256; empty: not known
  std::string target;  // of a link
  bool operator==(const LayerEntry&) const = default;
};

// By path relative to the layer's root, which itself is not in it.
using LayerEntries = std::map<std::string, LayerEntry>;

inline constexpr std::size_t layer_entries_max = 1'000'000;
inline constexpr std::size_t layer_depth_max = 256;

// Follows no link; content is not read. `root`: a directory. Fails beyond layer_entries_max; what lies deeper than
// layer_depth_max is left out.
[[nodiscard]] Result<LayerEntries> scan_layer(int root);

[[nodiscard]] inline bool is_directory(EntryKind kind) {
  return kind == EntryKind::directory || kind == EntryKind::opaque;
}
// Could the two be told apart by what scan_layer() sees?
[[nodiscard]] inline bool is_untouched(const LayerEntry& before, const LayerEntry& now) {
  return before.kind == now.kind && before.inode == now.inode && before.ctime_ns == now.ctime_ns &&
         before.mtime_ns == now.mtime_ns && before.bytes == now.bytes;
}

}  // namespace bailey::workspace

// A checkpoint's list as it is on the disk (checkpoint_store.h). Text with lengths, so that a name may hold any byte.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "workspace/layer_entries.h"

namespace bailey::workspace {

struct CheckpointInfo {
  unsigned number = 0;
  std::string reason;  // "auto-save", "asked for", "before undo 3"
  std::string name;    // the user's; may be empty
  WallTime time{};
};

struct SavedLayer {
  std::string target;  // relative to /workspace: Overlay::target, "" for the copy
  enum class Form : char { copy = 'c', overlay = 'o' } form = Form::copy;
  LayerEntries entries;
};

struct Checkpoint {
  CheckpointInfo info;
  std::vector<SavedLayer> layers;
};

inline constexpr std::size_t checkpoint_file_bytes_max = std::size_t{512} << 20;

[[nodiscard]] std::string encode(const Checkpoint& checkpoint);
// Refuses anything that encode() does not write: paths that lead out, hashes that are none, trailing bytes.
[[nodiscard]] Result<Checkpoint> parse_checkpoint(std::string_view text);

}  // namespace bailey::workspace

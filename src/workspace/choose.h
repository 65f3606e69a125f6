// Copy, overlay or both: the decision, from what is known of the tree. Pure.
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/result.h"
#include "workspace/mode.h"

namespace bailey::workspace {

struct Totals {
  std::size_t entries = 0;
  std::size_t bytes = 0;  // 0 where files are reflinked: they cost nothing
};

struct IgnoredDirectory {
  std::string path;  // relative to the top
  Totals totals;
};

struct Survey {
  std::size_t tracked = 0;                // files in the index
  Totals edited;                          // what people edit: everything that is not ignored
  std::vector<IgnoredDirectory> ignored;  // whole directories that git ignores
  std::string overlay_obstacle;           // why no overlay can be mounted here; empty: one can
  std::string overlay_remedy;
};

struct Choice {
  Mode mode = Mode::copy;
  std::string why;
  std::vector<std::string> overlaid;  // mixed: the directories that become overlays
};

// Above these a copy is felt: half a second on an ordinary disk.
inline constexpr std::size_t copied_entries_max = 50'000;
inline constexpr std::size_t copied_bytes_max = std::size_t{4} << 30;
inline constexpr std::size_t ignored_entries_max = 10'000;  // copied along up to here, all ignored directories together
inline constexpr std::size_t ignored_bytes_max = std::size_t{512} << 20;
inline constexpr std::size_t overlaid_directories_max = 32;
// Below these nobody asks what is ignored.
inline constexpr std::size_t small_tree_entries_max = 4'000;
inline constexpr std::size_t small_tree_bytes_max = std::size_t{256} << 20;

[[nodiscard]] bool is_small(const Totals& totals);
// Fails only for WantedMode::overlay where none can be mounted.
[[nodiscard]] Result<Choice> choose(WantedMode wanted, const Survey& survey);

}  // namespace bailey::workspace

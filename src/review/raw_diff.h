// The answer of `git diff-tree -r -z --raw`, as git-diff-tree(1), "RAW OUTPUT FORMAT", describes it: of two trees, or
// of many commits (--stdin -c), where each commit's name comes before its changes. Any bytes in, values or an error
// out.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "git/oid.h"

namespace bailey::review {

inline constexpr std::uint32_t mode_link = 0120000;
inline constexpr std::uint32_t mode_submodule = 0160000;
inline constexpr std::uint32_t mode_executable = 0100755;

// What a tree has at a path. Zero: nothing.
struct TreeEntry {
  std::uint32_t mode = 0;
  git::Oid oid;
  [[nodiscard]] bool is_file() const { return (mode & 0170000U) == 0100000U; }
  [[nodiscard]] bool is_link() const { return mode == mode_link; }
  [[nodiscard]] bool is_submodule() const { return mode == mode_submodule; }
  [[nodiscard]] bool is_there() const { return mode != 0; }
  bool operator==(const TreeEntry&) const = default;
};

struct RawChange {
  std::vector<TreeEntry> before;  // one; of a merge one a parent
  TreeEntry after;
  std::string path;      // any bytes but NUL
  std::string old_path;  // of a rename
};

struct CommitChanges {
  git::Oid commit;  // zero when two trees were compared
  std::vector<RawChange> changes;
};

inline constexpr std::size_t merge_parents_max = 1'000;

// One element without a commit for two trees that differ; one a commit for --stdin; none for an empty answer.
[[nodiscard]] Result<std::vector<CommitChanges>> parse_raw_diff(std::string_view answer);

}  // namespace bailey::review

// The commit message of an auto-save: made from what changed, readable in a log, with trailers
// (git-interpret-trailers(1)).
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "guest/environment.h"

namespace bailey::guest {

struct Change {
  char kind = 'M';  // A, M, D, T as git-diff-tree(1)
  std::string path;
  std::string added;  // lines; "-" for a binary file, "" when not counted
  std::string removed;
};

inline constexpr std::size_t message_lines_max = 30;       // of files in the body
inline constexpr std::size_t counted_changes_max = 2'000;  // with more, lines are not counted

// Output of git diff-tree -r -z --raw [--numstat].
[[nodiscard]] std::vector<Change> parse_changes(std::string_view text);
[[nodiscard]] std::string save_message(const std::vector<Change>& changes, const Session& session);

}  // namespace bailey::guest

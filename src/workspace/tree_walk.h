// What readers of the host's tree share: what they leave out, what they find, and how they open a directory.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <unordered_set>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "workspace/notes.h"

namespace bailey::workspace {

using IsSecret = std::function<bool(std::string_view name)>;

// Relative to the top of the tree. Longer ones can't be named in one system call by anybody (PATH_MAX), so they are
// left out with a note.
inline constexpr std::size_t tree_path_bytes_max = 4000;

struct TreeRules {
  std::unordered_set<std::string> left_out;    // directories that are not looked at: bailey's own
  std::unordered_set<std::string> left_empty;  // directories of which only the directory itself is made: mount points
  const IsSecret* is_secret = nullptr;         // borrowed; nullptr: nothing looks like a secret
};

struct TreeFindings {
  std::vector<std::string> unreadable;  // files and directories, relative to the top
  std::size_t entries = 0;              // files, links and directories
  std::size_t bytes = 0;                // of regular files
  std::vector<std::string> secrets;     // files whose name looks like a secret's: decided upon later
  std::vector<std::string> nested;      // directories with a .git of their own; not the top
  Notes notes;

  void merge(TreeFindings other);
};

// openat2(2) below `root` without following links; "" is the root itself. O_RDONLY.
[[nodiscard]] Result<Fd> open_tree_directory(int root, const std::string& path);
// "a" + "b" = "a/b", "" + "b" = "b".
[[nodiscard]] std::string below(std::string_view directory, std::string_view name);
// `path` as seen from `directory`; "" when it is not below it.
[[nodiscard]] std::string relative_to(std::string_view directory, std::string_view path);

}  // namespace bailey::workspace

#include "guest/worktree_state.h"

#include <dirent.h>
#include <sys/stat.h>
#include <unistd.h>

#include <memory>

#include "guest/text.h"

namespace bailey::guest {
namespace {

constexpr int depth_max = 16;

// What follows the `count`th space; empty when there are fewer.
std::string_view after_spaces(std::string_view line, int count) {
  for (; count > 0; --count) {
    const auto space = line.find(' ');
    if (space == std::string_view::npos) return {};
    line.remove_prefix(space + 1);
  }
  return line;
}

// "1 XY sub mH mI mW hH hI path": `sub` is "N..." or "S<commit><modified><untracked>".
bool take_entry(WorktreeState& state, std::string_view line, int fields) {
  const auto sub = after_spaces(line, 2).substr(0, 4);
  const auto path = after_spaces(line, fields);
  if (sub.size() != 4 || path.empty()) return false;
  if (sub[0] == 'S') {
    state.submodules.push_back({std::string(path), "a submodule with changes of its own: push them from inside it"});
    const std::string_view index_and_tree = line.substr(2, 2);
    if (sub[1] != 'C' && index_and_tree[0] == '.') return true;  // nothing of it shows in this repository
  }
  state.changed.emplace_back(path);
  return true;
}

bool take_header(WorktreeState& state, std::string_view line) {
  if (line.starts_with("# branch.oid ")) {
    if (const auto oid = line.substr(13); oid != "(initial)") state.head_oid = oid;
  } else if (line.starts_with("# branch.head ")) {
    if (const auto name = line.substr(14); name != "(detached)") state.head_branch = name;
  }
  return true;
}

void take_untracked(WorktreeState& state, std::string_view path) {
  if (path.ends_with('/')) state.embedded.emplace_back(path.substr(0, path.size() - 1));
  else state.changed.emplace_back(path);
}

struct CloseDir {
  void operator()(DIR* directory) const { ::closedir(directory); }
};

void find_files(const std::string& directory, const std::string& prefix, int depth, std::vector<std::string>& found) {
  const std::unique_ptr<DIR, CloseDir> stream(::opendir(directory.c_str()));
  if (!stream || depth > depth_max) return;
  while (const dirent* entry = ::readdir(stream.get())) {
    const std::string name = entry->d_name;
    if (name == "." || name == ".." || name.ends_with(".lock") || found.size() >= loose_branches_max) continue;
    struct stat status {};
    if (::lstat((directory + '/' + name).c_str(), &status) != 0) continue;
    if (S_ISDIR(status.st_mode)) find_files(directory + '/' + name, prefix + name + '/', depth + 1, found);
    else if (S_ISREG(status.st_mode)) found.push_back(prefix + name);
  }
}

}  // namespace

std::optional<WorktreeState> parse_status(std::string_view text) {
  WorktreeState state;
  const auto lines = split(text, '\0');
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto line = lines[i];
    bool understood = true;
    if (line.empty()) continue;
    switch (line[0]) {
      case '#':
        understood = take_header(state, line);
        break;
      case '1':
        understood = take_entry(state, line, 8);
        break;
      case '2':
        understood = take_entry(state, line, 9);
        ++i;  // the old name follows
        break;
      case 'u':
        understood = take_entry(state, line, 10);
        break;
      case '?':
        take_untracked(state, line.substr(2));
        break;
      default:
        understood = false;
    }
    if (!understood) return std::nullopt;
  }
  return state;
}

Operation operation_in(const std::string& git_dir) {
  for (const char* name : {"MERGE_HEAD", "rebase-merge", "rebase-apply", "CHERRY_PICK_HEAD", "REVERT_HEAD"})
    if (::access((git_dir + '/' + name).c_str(), F_OK) == 0) return Operation::under_way;
  return Operation::none;
}

std::vector<std::string> loose_branches(const std::string& git_dir) {
  std::vector<std::string> found;
  find_files(git_dir + "/refs/heads", "", 0, found);
  return found;
}

}  // namespace bailey::guest

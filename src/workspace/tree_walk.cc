#include "workspace/tree_walk.h"

#include <fcntl.h>

#include <iterator>

#include "os/files.h"

namespace bailey::workspace {

void TreeFindings::merge(TreeFindings other) {
  entries += other.entries;
  bytes += other.bytes;
  std::move(other.secrets.begin(), other.secrets.end(), std::back_inserter(secrets));
  std::move(other.nested.begin(), other.nested.end(), std::back_inserter(nested));
  std::move(other.unreadable.begin(), other.unreadable.end(), std::back_inserter(unreadable));
  notes.merge(other.notes);
}

Result<Fd> open_tree_directory(int root, const std::string& path) {
  return os::open_beneath(root, path.empty() ? "." : path, O_RDONLY | O_DIRECTORY);
}

std::string below(std::string_view directory, std::string_view name) {
  std::string path;
  path.reserve(directory.size() + 1 + name.size());
  path += directory;
  if (!path.empty()) path += '/';
  return path.append(name);
}

std::string relative_to(std::string_view directory, std::string_view path) {
  if (directory == "/") return std::string(path.substr(path.empty() ? 0 : 1));
  if (!path.starts_with(directory) || path.size() <= directory.size() || path[directory.size()] != '/') return {};
  return std::string(path.substr(directory.size() + 1));
}

}  // namespace bailey::workspace

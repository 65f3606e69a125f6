#include "workspace/layer_entries.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <array>
#include <climits>

#include "os/files.h"
#include "workspace/directory_entries.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

constexpr std::int64_t second_ns = 1'000'000'000;

std::int64_t nanoseconds(const timespec& time) {
  return static_cast<std::int64_t>(time.tv_sec) * second_ns + time.tv_nsec;
}

EntryKind kind_of(const struct stat& status) {
  if (S_ISREG(status.st_mode)) return EntryKind::file;
  if (S_ISDIR(status.st_mode)) return EntryKind::directory;
  if (S_ISLNK(status.st_mode)) return EntryKind::link;
  if (S_ISCHR(status.st_mode) && status.st_rdev == makedev(0, 0)) return EntryKind::whiteout;
  return EntryKind::other;
}

LayerEntry entry_of(int directory, const std::string& name, const struct stat& status) {
  LayerEntry entry{.kind = kind_of(status),
                   .mode = status.st_mode & 0777U,
                   .bytes = static_cast<std::uint64_t>(status.st_size),
                   .mtime_ns = nanoseconds(status.st_mtim),
                   .inode = status.st_ino,
                   .ctime_ns = nanoseconds(status.st_ctim)};
  if (entry.kind != EntryKind::link) return entry;
  char target[PATH_MAX];
  const ssize_t length = ::readlinkat(directory, name.c_str(), target, sizeof target);
  if (length > 0 && static_cast<std::size_t>(length) < sizeof target)
    entry.target.assign(target, static_cast<std::size_t>(length));
  else entry.kind = EntryKind::other;
  return entry;
}

class Scanner {
 public:
  explicit Scanner(int root) : root_(root) {}

  Status scan(const std::string& path, std::size_t depth) {
    if (depth > layer_depth_max) return {};  // what lies deeper is not kept; it goes with the directory
    const auto directory = open_tree_directory(root_, path);
    if (!directory) return {};  // gone, or closed: it is not kept
    char opaque = 0;
    if (!path.empty() && ::fgetxattr(directory->get(), "user.overlay.opaque", &opaque, 1) == 1 && opaque == 'y')
      found_[path].kind = EntryKind::opaque;
    std::vector<std::string> names;
    TRY_STATUS(
        for_each_entry(directory->get(), buffer_, [&](const char* name, unsigned char) { names.emplace_back(name); }));
    for (const auto& name : names) {
      struct stat status {};
      if (::fstatat(directory->get(), name.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
      const std::string inner = below(path, name);
      if (inner.size() > tree_path_bytes_max) continue;
      if (found_.size() >= layer_entries_max)
        return fail("read the workspace", "more than " + std::to_string(layer_entries_max) + " files");
      found_[inner] = entry_of(directory->get(), name, status);
      if (S_ISDIR(status.st_mode)) TRY_STATUS(scan(inner, depth + 1));
    }
    return {};
  }

  LayerEntries take() { return std::move(found_); }

 private:
  int root_;
  LayerEntries found_;
  std::array<char, directory_buffer_bytes> buffer_{};
};

}  // namespace

Result<LayerEntries> scan_layer(int root) {
  Scanner scanner(root);
  TRY_STATUS(scanner.scan("", 0));
  return scanner.take();
}

}  // namespace bailey::workspace

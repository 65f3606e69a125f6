#include "workspace/remove_deep.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <vector>

#include "os/files.h"
#include "workspace/directory_entries.h"

namespace bailey::workspace {
namespace {

class Removal {
 public:
  explicit Removal(int top) : top_(top) {}

  // Everything inside the top. Directories moved up are entries of it, so it is listed until it is empty.
  int run() {
    do {
      moved_up_ = false;
      if (const int error = empty(top_, 0); error != 0) return error;
    } while (moved_up_);
    return 0;
  }

 private:
  int empty(int directory, std::size_t depth) {
    struct stat status {};
    if (::fstat(directory, &status) == 0 && (status.st_mode & 0700) != 0700) ::fchmod(directory, 0700);
    ::lseek(directory, 0, SEEK_SET);  // the top is listed again and again
    std::vector<std::string> names;
    std::vector<char> buffer(directory_buffer_bytes);
    const auto listed =
        for_each_entry(directory, buffer, [&](const char* name, unsigned char) { names.emplace_back(name); });
    if (!listed) return listed.error().code;
    for (const auto& name : names)
      if (const int error = entry(directory, name, depth); error != 0) return error;
    return 0;
  }

  int entry(int parent, const std::string& name, std::size_t depth) {
    if (::unlinkat(parent, name.c_str(), 0) == 0 || errno == ENOENT) return 0;
    if (errno != EISDIR && errno != EPERM) return errno;
    if (depth == removal_depth_max) return move_up(parent, name);
    int opened = open_directory(parent, name);
    if (opened < 0) return errno;
    const Fd directory(opened);
    if (const int error = empty(directory.get(), depth + 1); error != 0) return error;
    return ::unlinkat(parent, name.c_str(), AT_REMOVEDIR) == 0 || errno == ENOENT ? 0 : errno;
  }

  static int open_directory(int parent, const std::string& name) {
    constexpr int flags = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
    const int opened = ::openat(parent, name.c_str(), flags);
    if (opened >= 0 || errno != EACCES) return opened;
    // No link: unlink(2) said that it is a directory.
    return ::fchmodat(parent, name.c_str(), 0700, 0) == 0 ? ::openat(parent, name.c_str(), flags) : -1;
  }

  int move_up(int parent, const std::string& name) {
    // rename(2) of a directory writes its "..", which its own permissions can forbid.
    if (::fchmodat(parent, name.c_str(), 0700, 0) != 0) return errno;
    while (true) {
      const std::string place = "moved-up-" + std::to_string(count_++);
      if (::renameat2(parent, name.c_str(), top_, place.c_str(), RENAME_NOREPLACE) == 0) break;
      if (errno != EEXIST) return errno;
    }
    moved_up_ = true;
    return 0;
  }

  int top_;
  bool moved_up_ = false;
  std::size_t count_ = 0;
};

}  // namespace

Status remove_deep(const std::string& path) {
  if (::unlink(path.c_str()) == 0 || errno == ENOENT) return {};
  if (errno != EISDIR && errno != EPERM) return fail_errno("remove '" + path + "'");
  ::chmod(path.c_str(), 0700);
  const Fd top = TRY(os::open_file(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW));
  if (const int error = Removal(top.get()).run(); error != 0) return fail_errno(error, "remove '" + path + "'");
  if (::rmdir(path.c_str()) != 0 && errno != ENOENT) return fail_errno("remove '" + path + "'");
  return {};
}

}  // namespace bailey::workspace

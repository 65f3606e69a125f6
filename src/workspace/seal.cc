#include "workspace/seal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <ctime>
#include <optional>
#include <string_view>
#include <vector>

#include "os/files.h"
#include "workspace/directory_entries.h"
#include "workspace/tree_walk.h"

namespace bailey::workspace {
namespace {

constexpr std::int64_t nanoseconds = 1'000'000'000;

std::int64_t to_ns(const timespec& time) { return time.tv_sec * nanoseconds + time.tv_nsec; }

// Of several readings the one that took least: on a busy machine we may sleep between two clocks.
std::int64_t clock_offset() {
  std::int64_t offset = 0;
  std::int64_t least = INT64_MAX;
  for (int reading = 0; reading < 5; ++reading) {
    timespec before{};
    timespec wall{};
    timespec after{};
    ::clock_gettime(CLOCK_BOOTTIME, &before);
    ::clock_gettime(CLOCK_REALTIME, &wall);
    ::clock_gettime(CLOCK_BOOTTIME, &after);
    if (to_ns(after) - to_ns(before) >= least) continue;
    least = to_ns(after) - to_ns(before);
    offset = to_ns(wall) - to_ns(before);
  }
  return offset;
}

class Check {
 public:
  Check(const std::string& tree, const Seal& seal)
      : seal_(seal), root_(os::open_file(tree, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) {}

  [[nodiscard]] bool opened() const { return root_.has_value(); }
  // A file, link or directory itself; one that does not exist is untouched.
  [[nodiscard]] bool entry(int directory, const char* name) {
    struct stat status {};
    if (::fstatat(directory, name, &status, AT_SYMLINK_NOFOLLOW) != 0) return errno == ENOENT;
    return ++entries_ <= changes_entries_max && to_ns(status.st_ctim) < seal_.time_ns;
  }
  [[nodiscard]] bool top_entry(const char* name) { return entry(root_->get(), name); }

  // Everything inside `path`; not its top-level .git.
  [[nodiscard]] bool inside(const std::string& path) {
    const auto directory = open_tree_directory(root_->get(), path);
    if (!directory) return directory.error().code == ENOENT;
    std::vector<std::string> inner;
    bool same = true;
    std::vector<char> buffer(directory_buffer_bytes);
    const auto listed = for_each_entry(directory->get(), buffer, [&](const char* name, unsigned char type) {
      if (!same || (path.empty() && std::string_view(name) == ".git")) return;
      same = entry(directory->get(), name);
      if (type == DT_DIR) inner.push_back(below(path, name));
    });
    if (!listed || !same) return false;
    for (const auto& next : inner)
      if (next.size() > tree_path_bytes_max || !inside(next)) return false;
    return true;
  }

 private:
  const Seal& seal_;
  Result<Fd> root_;
  std::size_t entries_ = 0;
};

}  // namespace

Result<Seal> make_seal(const std::string& mark) {
  const Fd file = TRY(os::open_file(mark, O_WRONLY | O_NOFOLLOW));
  struct stat status {};
  // Where the kernel has multigrain timestamps (6.13), a time that was looked at makes the next change take a fine one,
  // and no later change of any file gets an earlier one. Elsewhere times move in ticks, and what was prepared in the
  // last tick counts as changed. Setting the mode that the file has changes its ctime and nothing else.
  if (::fstat(file.get(), &status) != 0 || ::fchmod(file.get(), status.st_mode & 07777) != 0 ||
      ::fstat(file.get(), &status) != 0)
    return fail_errno("look at '" + mark + "'");
  return Seal{to_ns(status.st_ctim), clock_offset()};
}

bool clock_was_set(const Seal& seal) {
  return std::abs(clock_offset() - seal.clock_offset_ns) > clock_offset_tolerance_ns;
}

bool untouched_since(const std::string& tree, const Seal& seal, SealRoot root) {
  Check check(tree, seal);
  if (!check.opened()) return false;
  return (root == SealRoot::excepted || check.top_entry(".")) && check.inside("");
}

bool refs_untouched_since(const std::string& git_dir, const Seal& seal) {
  Check check(git_dir, seal);
  return check.opened() && os::exists(os::join(git_dir, "HEAD")) && check.top_entry("HEAD") &&
         check.top_entry("packed-refs") && check.top_entry("refs") && check.inside("refs");
}

}  // namespace bailey::workspace

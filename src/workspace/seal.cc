#include "workspace/seal.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include <cerrno>
#include <cstdint>
#include <cstdlib>
#include <cstring>
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
constexpr std::size_t compared_bytes = std::size_t{64} << 10;  // at once
constexpr const char* opaque_attribute = "user.overlay.opaque";

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
  Check(const std::string& upper, const std::string& lower, const Seal& seal) : Check(upper, seal) {
    if (auto opened = os::open_file(lower, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)) lower_ = std::move(*opened);
  }

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
      same = entry(directory->get(), name) || (lower_ && is_copied_up(directory->get(), name, below(path, name)));
      if (type == DT_DIR) inner.push_back(below(path, name));
    });
    if (!listed || !same) return false;
    for (const auto& next : inner)
      if (next.size() > tree_path_bytes_max || !inside(next)) return false;
    return true;
  }

 private:
  // Only a change of ours or of the agent's that left the lower layer's entry as it is.
  [[nodiscard]] bool is_copied_up(int directory, const char* name, const std::string& path) {
    if (entries_ > changes_entries_max) return false;
    const Fd upper(::openat(directory, name, O_RDONLY | O_NONBLOCK | O_NOFOLLOW | O_CLOEXEC));
    const auto lower = os::open_beneath(lower_.get(), path, O_RDONLY | O_NONBLOCK);
    struct stat ours {};
    struct stat theirs {};
    if (!upper || !lower || ::fstat(upper.get(), &ours) != 0 || ::fstat(lower->get(), &theirs) != 0) return false;
    if (ours.st_mode != theirs.st_mode || to_ns(ours.st_mtim) != to_ns(theirs.st_mtim)) return false;
    if (S_ISDIR(ours.st_mode)) return ::fgetxattr(upper.get(), opaque_attribute, nullptr, 0) < 0 && errno == ENODATA;
    return S_ISREG(ours.st_mode) && ours.st_size == theirs.st_size && same_bytes(upper.get(), lower->get());
  }

  [[nodiscard]] bool same_bytes(int upper, int lower) {
    std::vector<char> ours(compared_bytes);
    std::vector<char> theirs(compared_bytes);
    while (compared_ <= changes_bytes_max) {
      const ssize_t count = ::read(upper, ours.data(), ours.size());
      if (count < 0 || ::read(lower, theirs.data(), theirs.size()) != count) return false;
      if (count == 0) return true;
      if (std::memcmp(ours.data(), theirs.data(), static_cast<std::size_t>(count)) != 0) return false;
      compared_ += static_cast<std::size_t>(count);
    }
    return false;
  }

  const Seal& seal_;
  Result<Fd> root_;
  Fd lower_;
  std::size_t compared_ = 0;
  std::size_t entries_ = 0;
};

}  // namespace

Result<Seal> make_seal(const std::string& mark) {
  const Fd file = TRY(os::open_file(mark, O_WRONLY | O_NOFOLLOW));
  struct stat status {};
  // Where the kernel has multigrain timestamps (6.13), a change of a file whose time was looked at gets a later time
  // than that, and no later change of any file gets an earlier one. Twice, because the first may get the start of a
  // tick in which other files were written. Elsewhere times move in ticks only, and what was prepared in the last one
  // counts as changed. Setting the mode that the file has changes its ctime and nothing else.
  if (::fstat(file.get(), &status) != 0) return fail_errno("look at '" + mark + "'");
  for (int change = 0; change < 2; ++change)
    if (::fchmod(file.get(), status.st_mode & 07777) != 0 || ::fstat(file.get(), &status) != 0)
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

bool upper_untouched_since(const std::string& upper, const std::string& lower, const Seal& seal) {
  Check check(upper, lower, seal);
  return check.opened() && check.inside("");
}

bool refs_untouched_since(const std::string& git_dir, const Seal& seal) {
  Check check(git_dir, seal);
  return check.opened() && os::exists(os::join(git_dir, "HEAD")) && check.top_entry("HEAD") &&
         check.top_entry("packed-refs") && check.top_entry("refs") && check.inside("refs");
}

}  // namespace bailey::workspace

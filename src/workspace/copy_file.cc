#include "workspace/copy_file.h"

#include <fcntl.h>
#include <linux/fs.h>
#include <linux/magic.h>
#include <sys/ioctl.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <climits>

#include "base/fd.h"
#include "os/files.h"

namespace bailey::workspace {
namespace {

constexpr std::size_t copy_chunk_bytes = std::size_t{1} << 20;
constexpr mode_t kept_mode_bits = 0777;
constexpr off_t stat_block_bytes = 512;  // unit of st_blocks, stat(2)

bool same_time(const timespec& a, const timespec& b) { return a.tv_sec == b.tv_sec && a.tv_nsec == b.tv_nsec; }

bool unchanged(const struct stat& before, const struct stat& after) {
  return before.st_size == after.st_size && same_time(before.st_mtim, after.st_mtim) &&
         same_time(before.st_ctim, after.st_ctim);
}

std::unexpected<Error> target_error(const char* what) {
  const int code = errno;
  return fail_errno(code, what,
                    code == ENOSPC || code == EDQUOT
                        ? "free some space in the state directory's file system, or use --workspace overlay"
                        : "");
}

// errno of an open that failed, as an outcome.
CopyOutcome outcome_of_open(int error) {
  if (error == EACCES || error == EPERM || error == EIO) return CopyOutcome::unreadable;
  if (error == ENXIO) return CopyOutcome::not_regular;
  return error == ELOOP ? CopyOutcome::is_link : CopyOutcome::vanished;
}

}  // namespace

FileCopier::FileCopier(CopySettings& settings) : settings_(settings) {}

Result<CopyOutcome> FileCopier::copy(int from, const char* name, int to) {
  const auto outcome = TRY(copy_regular(from, name, to));
  return outcome == CopyOutcome::is_link ? copy_link(from, name, to) : outcome;
}

Result<CopyOutcome> FileCopier::copy_regular(int from, const char* name, int to) {
  // O_NONBLOCK: the name may have become a pipe, which must not make us wait.
  const Fd source(::openat(from, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
  if (!source) return outcome_of_open(errno);
  struct stat before {};
  if (::fstat(source.get(), &before) != 0) return CopyOutcome::unreadable;
  if (!S_ISREG(before.st_mode)) return CopyOutcome::not_regular;
  const Fd target(
      ::openat(to, name, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, before.st_mode & kept_mode_bits));
  if (!target) return target_error("create a file");
  auto outcome = TRY(copy_bytes(source.get(), before, target.get()));
  for (int attempt = 1; outcome == CopyOutcome::copied; ++attempt) {
    struct stat after {};
    if (::fstat(source.get(), &after) != 0 || unchanged(before, after)) break;
    before = after;
    if (attempt == copy_attempts_max) {
      outcome = CopyOutcome::changed_meanwhile;
      break;
    }
    if (::ftruncate(target.get(), 0) != 0 || ::lseek(target.get(), 0, SEEK_SET) != 0 ||
        ::lseek(source.get(), 0, SEEK_SET) != 0)
      return target_error("write a file");
    outcome = TRY(copy_bytes(source.get(), before, target.get()));
  }
  if (outcome == CopyOutcome::unreadable) {
    ::unlinkat(to, name, 0);
    return outcome;
  }
  TRY_STATUS(set_attributes(target.get(), before));
  return outcome;
}

Result<CopyOutcome> FileCopier::copy_bytes(int source, const struct stat& status, int target) {
  if (status.st_size == 0) return CopyOutcome::copied;
  if (settings_.reflink.load(std::memory_order_relaxed)) {
    if (::ioctl(target, FICLONE, source) == 0) return CopyOutcome::copied;
    if (errno == ENOSPC || errno == EDQUOT) return target_error("clone a file");
    if (errno == EOPNOTSUPP || errno == ENOTTY || errno == EXDEV || errno == ENOSYS) settings_.reflink = false;
  }
  if (static_cast<std::size_t>(status.st_size) <= small_file_bytes_max) return copy_small(source, status, target);
  return copy_large(source, status, target);
}

Result<CopyOutcome> FileCopier::copy_small(int source, const struct stat& status, int target) {
  if (buffer_.empty()) buffer_.resize(small_file_bytes_max);
  const auto size = static_cast<std::size_t>(status.st_size);
  std::size_t used = 0;
  while (used < size) {
    const ssize_t count = ::read(source, buffer_.data() + used, size - used);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CopyOutcome::unreadable;
    if (count == 0) break;  // became shorter: the times will tell
    used += static_cast<std::size_t>(count);
  }
  if (auto written = os::write_all(target, {buffer_.data(), used}); !written) {
    errno = written.error().code;
    return target_error("write a file");
  }
  return CopyOutcome::copied;
}

Result<CopyOutcome> FileCopier::copy_large(int source, const struct stat& status, int target) {
  if (status.st_blocks * stat_block_bytes >= status.st_size) return copy_range(source, target, 0, status.st_size);
  off_t at = 0;
  while (at < status.st_size) {
    const off_t data = ::lseek(source, at, SEEK_DATA);
    if (data < 0 && errno == ENXIO) break;  // only a hole is left
    if (data < 0) return copy_range(source, target, at, status.st_size);
    const off_t hole = ::lseek(source, data, SEEK_HOLE);
    at = std::min(hole < 0 ? status.st_size : hole, status.st_size);
    if (data >= at) break;
    const auto outcome = TRY(copy_range(source, target, data, at));
    if (outcome != CopyOutcome::copied) return outcome;
  }
  if (::ftruncate(target, status.st_size) != 0) return target_error("set a file's size");
  return CopyOutcome::copied;
}

Result<CopyOutcome> FileCopier::copy_range(int source, int target, off_t from, off_t to) {
  loff_t in = from;
  loff_t out = from;
  while (in < to) {
    const ssize_t count =
        ::copy_file_range(source, &in, target, &out, static_cast<std::size_t>(std::min<off_t>(to - in, 1 << 30)), 0);
    if (count > 0) continue;
    if (count == 0) return CopyOutcome::copied;  // became shorter
    if (errno == EINTR) continue;
    if (errno == ENOSPC || errno == EDQUOT) return target_error("write a file");
    break;  // file systems that can't (EXDEV, EINVAL, EOPNOTSUPP); an error of the medium shows up again below
  }
  if (buffer_.size() < copy_chunk_bytes) buffer_.resize(copy_chunk_bytes);
  while (in < to) {
    const auto wanted = static_cast<std::size_t>(std::min<off_t>(to - in, copy_chunk_bytes));
    const ssize_t count = ::pread(source, buffer_.data(), wanted, in);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return CopyOutcome::unreadable;
    if (count == 0) break;
    for (ssize_t done = 0; done < count;) {
      const ssize_t written =
          ::pwrite(target, buffer_.data() + done, static_cast<std::size_t>(count - done), in + done);
      if (written < 0 && errno != EINTR) return target_error("write a file");
      if (written > 0) done += written;
    }
    in += count;
  }
  return CopyOutcome::copied;
}

Status FileCopier::set_attributes(int target, const struct stat& status) {
  if (settings_.owner && ::fchown(target, settings_.owner->uid, settings_.owner->gid) != 0)
    return target_error("give a file to the agent");
  if (const mode_t mode = status.st_mode & kept_mode_bits; (mode & settings_.umask) != 0 && ::fchmod(target, mode) != 0)
    return target_error("set a file's mode");
  const timespec times[2] = {{0, UTIME_OMIT}, status.st_mtim};
  if (::futimens(target, times) != 0) return target_error("set a file's time");
  return {};
}

Result<CopyOutcome> FileCopier::copy_link(int from, const char* name, int to) {
  char destination[PATH_MAX];
  const ssize_t length = ::readlinkat(from, name, destination, sizeof destination - 1);
  if (length < 0) return errno == EACCES || errno == EIO ? CopyOutcome::unreadable : CopyOutcome::vanished;
  destination[length] = 0;
  struct stat status {};
  const bool timed = ::fstatat(from, name, &status, AT_SYMLINK_NOFOLLOW) == 0 && S_ISLNK(status.st_mode);
  if (::symlinkat(destination, to, name) != 0) return target_error("create a link");
  if (settings_.owner && ::fchownat(to, name, settings_.owner->uid, settings_.owner->gid, AT_SYMLINK_NOFOLLOW) != 0)
    return target_error("give a link to the agent");
  // Git's index holds a link's time too.
  const timespec times[2] = {{0, UTIME_OMIT}, status.st_mtim};
  if (timed && ::utimensat(to, name, times, AT_SYMLINK_NOFOLLOW) != 0) return target_error("set a link's time");
  return CopyOutcome::copied;
}

bool can_reflink(const std::string& directory) {
  struct statfs status {};
  if (::statfs(directory.c_str(), &status) != 0) return false;
  // Making files is slow on some: those that never can are not asked.
  if (status.f_type == EXT4_SUPER_MAGIC || status.f_type == TMPFS_MAGIC) return false;
  const Fd first(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  const Fd second(::open(directory.c_str(), O_TMPFILE | O_RDWR | O_CLOEXEC, 0600));
  return first && second && ::ioctl(second.get(), FICLONE, first.get()) == 0;
}

}  // namespace bailey::workspace

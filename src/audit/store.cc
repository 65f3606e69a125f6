#include "audit/store.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cstring>

#include "audit/tail.h"
#include "os/files.h"

namespace bailey::audit {
namespace {

constexpr std::string_view damage_remedy = "run 'bailey audit verify'; nothing is appended to a log that may be forged";

Result<std::uint64_t> size_of(int fd) {
  struct stat status {};
  if (::fstat(fd, &status) != 0) return fail_errno("inspect the audit log");
  return static_cast<std::uint64_t>(status.st_size);
}

Result<Fd> open_for_append(const std::string& path, int flags) {
  return os::open_file(path, O_RDWR | O_APPEND | O_NOFOLLOW | O_NONBLOCK | flags, 0600);
}

// Truncating to the present size frees what was allocated behind it. A failure costs room and nothing else.
void free_blocks_behind(int fd, std::uint64_t size) {
  if (::ftruncate(fd, static_cast<off_t>(size)) != 0) errno = 0;
}

}  // namespace

Result<Store> Store::open(const std::string& session_dir, const StoreLimits& limits) {
  Store store(session_dir, limits);
  store.fd_ = TRY(open_for_append(store.path(), O_CREAT));
  store.lock_fd_ = TRY(os::open_file(store.path(), O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (::fstat(store.fd_.get(), &status) != 0) return fail_errno("inspect '" + store.path() + "'");
  if (!S_ISREG(status.st_mode)) return fail("open '" + store.path() + "'", "it is not a plain file", "move it aside");
  return store;
}

std::string Store::path() const { return os::join(directory_, segment_name(index_)); }

Result<Store::News> Store::look() {
  News news;
  while (true) {
    const std::uint64_t size = TRY(size_of(fd_.get()));
    if (size < end_) return fail("append to '" + path() + "'", "it became shorter", std::string(damage_remedy));
    if (size == end_ && size != 0) return news;  // every segment but the newest grows once more when it is left
    Tail tail = TRY(read_tail(fd_.get(), end_, size));
    if (tail.last_line) news.last_line = std::move(tail.last_line);
    end_ = tail.lines_end;
    auto next = open_for_append(os::join(directory_, segment_name(index_ + 1)), 0);
    if (!next && next.error().code != ENOENT) return std::unexpected(std::move(next).error());
    const bool is_newest = !next;
    if (is_newest && end_ < size) news.torn = TRY(read_torn(fd_.get(), end_, size, torn_bytes_kept_max));
    if (is_newest) return news;
    if (end_ < size)
      return fail("append to the audit log", "'" + path() + "' ends within a line", std::string(damage_remedy));
    fd_ = std::move(*next);
    bytes_before_ += end_;
    ++index_;
    end_ = 0;
    reserve_.forget();
  }
}

Status Store::replace_torn(std::string_view lines, const Torn& torn) {
  // Not through fd_: with O_APPEND, pwrite(2) appends whatever the offset says (BUGS there). The lines cover all the
  // bytes that they keep, so that no moment exists in which a kill could lose those.
  const Fd fd = TRY(os::open_file(path(), O_WRONLY | O_NOFOLLOW | O_NONBLOCK));
  const auto written = ::pwrite(fd.get(), lines.data(), lines.size(), static_cast<off_t>(end_));
  if (written != static_cast<ssize_t>(lines.size())) {
    if (written >= 0) errno = ENOSPC;
    return fail_errno("repair the end of '" + path() + "'", "free some room on the disk");
  }
  if (torn.bytes > lines.size() && ::ftruncate(fd.get(), static_cast<off_t>(end_ + lines.size())) != 0)
    return fail_errno("repair the end of '" + path() + "'");
  end_ += lines.size();
  return {};
}

Status Store::append(std::string_view line) {
  int code = 0;
  // A second attempt only after the spare file's room came free.
  for (int attempt = 0; attempt < 2; ++attempt) {
    const ssize_t count = ::write(fd_.get(), line.data(), line.size());
    if (count == static_cast<ssize_t>(line.size())) {
      end_ += line.size();
      return {};
    }
    code = count < 0 ? errno : ENOSPC;
    if (count > 0 && ::ftruncate(fd_.get(), static_cast<off_t>(end_)) != 0)
      return fail_errno("undo half an audit event");
    if ((code != ENOSPC && code != EDQUOT) || !reserve_.use_spare_file()) break;
  }
  return fail_errno(code, "write to '" + path() + "'");
}

Result<Reserve::Room> Store::next_segment() {
  const std::string next_path = os::join(directory_, segment_name(index_ + 1));
  auto next = open_for_append(next_path, O_CREAT);
  if (!next && next.error().code == ENOSPC) return Reserve::Room::disk_full;
  if (!next) return std::unexpected(std::move(next).error());
  Reserve ahead(directory_, limits_.reserve_bytes);
  const auto room = ahead.keep_ahead(next->get(), 0);
  if (!room || *room == Reserve::Room::disk_full) {
    ::unlink(next_path.c_str());
    return room;
  }
  TRY_STATUS(sync());
  free_blocks_behind(fd_.get(), end_);
  fd_ = std::move(*next);
  reserve_ = std::move(ahead);
  names_ = Names::fresh;
  bytes_before_ += end_;
  ++index_;
  end_ = 0;
  return Reserve::Room::enough;
}

void Store::release_reserve() {
  // Only while the end is where we left it: what others appended since must not be cut off, and the reserve is theirs.
  const auto size = size_of(fd_.get());
  if (size && *size == end_) free_blocks_behind(fd_.get(), end_);
  reserve_.forget();
  static_cast<void>(reserve_.use_spare_file());
}

std::uint64_t Store::bytes_left() const { return limits_.total_bytes_max - std::min(limits_.total_bytes_max, bytes()); }

Status Store::sync() {
  if (::fdatasync(fd_.get()) != 0) return fail_errno("make '" + path() + "' durable");
  if (names_ == Names::durable) return {};
  const Fd directory = TRY(os::open_file(directory_, O_RDONLY | O_DIRECTORY));
  if (::fsync(directory.get()) != 0) return fail_errno("make '" + directory_ + "' durable");
  names_ = Names::durable;
  return {};
}

}  // namespace bailey::audit

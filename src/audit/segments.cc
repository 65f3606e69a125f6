#include "audit/segments.h"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <ctime>

#include "audit/canonical.h"
#include "audit/head.h"
#include "os/files.h"

namespace bailey::audit {
namespace {

constexpr std::string_view name_start = "audit.";
constexpr std::string_view name_end = ".jsonl";
constexpr std::size_t read_bytes = std::size_t{256} << 10;

Result<Segment> open_segment(const std::string& session_dir, std::size_t index) {
  Segment segment{.index = index};
  const std::string path = os::join(session_dir, segment_name(index));
  segment.fd = TRY(os::open_file(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK));
  struct stat status {};
  if (::fstat(segment.fd.get(), &status) != 0) return fail_errno("inspect '" + path + "'");
  if (!S_ISREG(status.st_mode)) return fail("read '" + path + "'", "it is not a plain file");
  segment.bytes = static_cast<std::uint64_t>(status.st_size);
  return segment;
}

}  // namespace

std::string segment_name(std::size_t index) {
  return index == 0 ? "audit.jsonl" : "audit." + std::to_string(index) + ".jsonl";
}

std::optional<std::size_t> segment_index(std::string_view name) {
  if (name == segment_name(0)) return 0;
  if (!name.starts_with(name_start) || !name.ends_with(name_end) || name.size() <= name_start.size() + name_end.size())
    return std::nullopt;
  name = name.substr(name_start.size(), name.size() - name_start.size() - name_end.size());
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(name.data(), name.data() + name.size(), index);
  if (error != std::errc() || end != name.data() + name.size() || name[0] == '0') return std::nullopt;
  return index;
}

Result<LogLock> LogLock::take(int fd, Mode mode) {
  const int operation = (mode == Mode::shared ? LOCK_SH : LOCK_EX) | LOCK_NB;
  for (int waited_ms = 0;; ++waited_ms) {
    if (::flock(fd, operation) == 0) return LogLock(fd);
    if (errno != EWOULDBLOCK && errno != EINTR) return fail_errno("lock the audit log");
    if (waited_ms >= lock_wait_ms_max)
      return fail("lock the audit log", "another process has held its lock for two seconds",
                  "see who has audit.jsonl open (lsof) and whether that process is stopped");
    const timespec pause{0, 1'000'000};
    ::nanosleep(&pause, nullptr);
  }
}

LogLock::~LogLock() {
  if (fd_ >= 0) ::flock(fd_, LOCK_UN);
}

Result<LogView> open_view(const std::string& session_dir) {
  LogView view;
  Segment first = TRY(open_segment(session_dir, 0));
  const LogLock lock = TRY(LogLock::take(first.fd.get(), LogLock::Mode::shared));
  for (const auto& name : TRY(os::list_directory(session_dir)))
    if (const auto index = segment_index(name)) {
      if (view.segments.size() == segments_max) return fail("read the audit log", "it has too many segments");
      view.segments.push_back(TRY(open_segment(session_dir, *index)));
    }
  std::sort(view.segments.begin(), view.segments.end(),
            [](const Segment& left, const Segment& right) { return left.index < right.index; });
  view.head = TRY(read_head(session_dir));
  return view;
}

Status LineReader::fill() {
  buffer_.erase(0, used_);
  piece_ = used_ = 0;
  const std::size_t before = buffer_.size();
  const std::size_t wanted = static_cast<std::size_t>(std::min<std::uint64_t>(read_bytes, end_ - offset_));
  buffer_.resize(before + wanted);
  const ssize_t count = ::pread(fd_, buffer_.data() + before, wanted, static_cast<off_t>(offset_));
  if (count < 0) return fail_errno("read the audit log");
  buffer_.resize(before + static_cast<std::size_t>(count));
  offset_ += static_cast<std::uint64_t>(count);
  if (count == 0) end_ = offset_;  // shorter than it was said to be
  return {};
}

Result<LineReader::Piece> LineReader::next() {
  std::size_t searched = used_;
  while (true) {
    const std::size_t newline = buffer_.find('\n', searched);
    if (newline != std::string::npos && newline - used_ < line_bytes_max) {
      piece_ = std::exchange(used_, newline + 1);
      return Piece{Kind::line, std::string_view(buffer_).substr(piece_, newline - piece_)};
    }
    const std::size_t waiting = buffer_.size() - used_;
    if (waiting >= line_bytes_max || offset_ == end_) {
      piece_ = std::exchange(used_, used_ + std::min(waiting, line_bytes_max));
      if (waiting == 0) return Piece{};
      return Piece{Kind::partial, std::string_view(buffer_).substr(piece_, used_ - piece_)};
    }
    TRY_STATUS(fill());
    searched = used_ + waiting;
  }
}

}  // namespace bailey::audit

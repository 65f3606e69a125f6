// The files of a log: audit.jsonl, audit.1.jsonl, audit.2.jsonl …, oldest first, none ever renamed or removed, and
// audit.head.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/fd.h"
#include "base/result.h"

namespace bailey::audit {

inline constexpr std::size_t segments_max = 10'000;

[[nodiscard]] std::string segment_name(std::size_t index);
// The index of a segment's name; nothing for other names, also for "audit.0.jsonl" and "audit.01.jsonl".
[[nodiscard]] std::optional<std::size_t> segment_index(std::string_view name);

// flock(2) on audit.jsonl while it lives. Borrowed descriptor.
class LogLock {
 public:
  enum class Mode { shared, exclusive };
  // Fails after lock_wait_ms_max rather than stop its caller: holders need microseconds.
  [[nodiscard]] static Result<LogLock> take(int fd, Mode mode);
  LogLock(LogLock&& other) noexcept : fd_(std::exchange(other.fd_, -1)) {}
  LogLock& operator=(LogLock&&) = delete;
  ~LogLock();

 private:
  explicit LogLock(int fd) : fd_(fd) {}
  int fd_;
};
inline constexpr int lock_wait_ms_max = 2000;

// A log as it was at one moment, for readers.
struct Segment {
  std::size_t index = 0;
  Fd fd;
  std::uint64_t bytes = 0;
};
struct LogView {
  std::vector<Segment> segments;    // by index; the first is audit.jsonl
  std::optional<std::string> head;  // the text of audit.head
};
// Fails when there is no audit.jsonl.
[[nodiscard]] Result<LogView> open_view(const std::string& session_dir);

// Lines of a segment, in bounded memory.
class LineReader {
 public:
  // Reads [offset, end) of a borrowed descriptor.
  LineReader(int fd, std::uint64_t offset, std::uint64_t end) : fd_(fd), offset_(offset), end_(end) {}

  enum class Kind {
    line,     // complete, without its newline
    partial,  // what stands at the end without a newline, or the start of what is too long for a line
    none,     // the end
  };
  struct Piece {
    Kind kind = Kind::none;
    std::string_view text;  // valid until the next call
  };
  [[nodiscard]] Result<Piece> next();
  // Bytes from the start of the last piece to `end`.
  [[nodiscard]] std::uint64_t bytes_from_piece() const { return end_ - offset_ + buffer_.size() - piece_; }

 private:
  [[nodiscard]] Status fill();

  int fd_;
  std::uint64_t offset_;  // of the next byte to read
  std::uint64_t end_;
  std::string buffer_;
  std::size_t piece_ = 0;  // where the last piece starts in buffer_
  std::size_t used_ = 0;   // where the next one starts
};

}  // namespace bailey::audit

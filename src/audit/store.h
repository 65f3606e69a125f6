// The bytes of a log on the disk: appending under the lock, what other processes appended, torn ends, segments, room.
// Knows lines and their seq and hash, but neither keys nor clocks: the writer composes.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "audit/canonical.h"
#include "audit/reserve.h"
#include "audit/segments.h"
#include "base/fd.h"
#include "base/result.h"

namespace bailey::audit {

struct StoreLimits {
  std::uint64_t segment_bytes_max = 0;
  std::uint64_t total_bytes_max = 0;
  std::uint64_t reserve_bytes = 0;
};

// What a kill or a power loss left behind the last newline.
struct Torn {
  std::uint64_t bytes = 0;
  std::string kept;  // the first torn_bytes_kept_max of them
};
inline constexpr std::size_t torn_bytes_kept_max = std::size_t{16} << 10;

class Store {
 public:
  [[nodiscard]] static Result<Store> open(const std::string& session_dir, const StoreLimits& limits);

  [[nodiscard]] Result<LogLock> lock() const { return LogLock::take(lock_fd_.get(), LogLock::Mode::exclusive); }

  // Everything below needs the lock.

  struct News {
    std::optional<std::string> last_line;  // of what was appended since the last look
    std::optional<Torn> torn;              // only at the very end of the log
  };
  // Refuses a log that became shorter.
  [[nodiscard]] Result<News> look();
  // Puts complete lines, longer than the bytes kept of it, in the place of the torn end.
  [[nodiscard]] Status replace_torn(std::string_view lines, const Torn& torn);
  // One write(2); either all of it is in the log or nothing. ENOSPC and EDQUOT in the error's code: no room.
  [[nodiscard]] Status append(std::string_view line);
  // Continues in a new segment. disk_full: stays in the old one.
  [[nodiscard]] Result<Reserve::Room> next_segment();

  // Tries to keep the reserve ahead of the end.
  [[nodiscard]] Result<Reserve::Room> keep_reserve() { return reserve_.keep_ahead(fd_.get(), end_); }
  void release_reserve();
  // Bytes until total_bytes_max.
  [[nodiscard]] std::uint64_t bytes_left() const;
  [[nodiscard]] std::uint64_t reserved_bytes() const { return reserve_.ahead(end_); }
  [[nodiscard]] bool wants_new_segment(std::size_t line_bytes) const {
    return end_ > 0 && end_ + line_bytes > limits_.segment_bytes_max && index_ + 1 < segments_max;
  }
  [[nodiscard]] std::uint64_t bytes() const { return bytes_before_ + end_; }
  [[nodiscard]] bool is_empty() const { return bytes() == 0; }

  // Makes what was appended durable. Needs no lock.
  [[nodiscard]] Status sync();
  [[nodiscard]] const std::string& directory() const { return directory_; }

 private:
  Store(const std::string& session_dir, const StoreLimits& limits)
      : directory_(session_dir), limits_(limits), reserve_(session_dir, limits.reserve_bytes) {}
  [[nodiscard]] std::string path() const;

  std::string directory_;
  StoreLimits limits_;
  Reserve reserve_;
  Fd lock_fd_;  // audit.jsonl, for its lock
  Fd fd_;       // the newest segment
  std::size_t index_ = 0;
  std::uint64_t end_ = 0;           // of the last complete line in it that we know of
  std::uint64_t bytes_before_ = 0;  // in older segments
  enum class Names { durable, fresh };
  Names names_ = Names::fresh;  // whether the directory entries survive a power loss
};

}  // namespace bailey::audit

// Room on the disk, allocated ahead of the log's end, so that a full disk can't keep an event out of the log.
#pragma once

#include <cstdint>
#include <string>

#include "base/result.h"

namespace bailey::audit {

// Blocks behind the end of the file by fallocate(2) with FALLOC_FL_KEEP_SIZE, which writes with O_APPEND then use.
// Where the file system has no fallocate, a file of that size (audit.reserve) is written, to be removed when room is
// needed.
class Reserve {
 public:
  Reserve(const std::string& session_dir, std::uint64_t bytes);

  enum class Room { enough, disk_full };
  // At least half of the reserve behind `end` of the borrowed descriptor; a comparison most of the time.
  [[nodiscard]] Result<Room> keep_ahead(int fd, std::uint64_t end);
  // Allocated bytes behind `end`.
  [[nodiscard]] std::uint64_t ahead(std::uint64_t end) const { return until_ > end ? until_ - end : 0; }
  // The next keep_ahead() is about another file.
  void forget() { until_ = 0; }
  // Gives the spare file back to the file system. False when there is none.
  [[nodiscard]] bool use_spare_file();

 private:
  [[nodiscard]] Result<Room> write_spare_file() const;

  std::string spare_path_;
  std::uint64_t bytes_;
  std::uint64_t until_ = 0;  // offset up to which the file has blocks
};

}  // namespace bailey::audit

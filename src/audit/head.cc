#include "audit/head.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include <cerrno>

#include "audit/canonical.h"
#include "os/files.h"

namespace bailey::audit {
namespace {

constexpr off_t head_room_bytes = 4096;  // a checkpoint's line is below a kilobyte unless names are very long

std::string head_path(const std::string& session_dir) { return os::join(session_dir, "audit.head"); }
// Takes turns with audit.head, so that a new head never needs a new block.
std::string next_path(const std::string& session_dir) { return os::join(session_dir, "audit.head.next"); }

Result<Fd> open_next(const std::string& session_dir) {
  return os::open_file(next_path(session_dir), O_WRONLY | O_CREAT | O_NOFOLLOW, 0600);
}

}  // namespace

Result<std::optional<std::string>> read_head(const std::string& session_dir) {
  const std::string path = head_path(session_dir);
  const Fd fd(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK));
  if (!fd && errno == ENOENT) return std::nullopt;
  if (!fd) return fail_errno("open '" + path + "'");
  std::string text = TRY(os::read_all(fd.get(), line_bytes_max));
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

Status prepare_head(const std::string& session_dir) {
  const Fd fd = TRY(open_next(session_dir));
  // Where the file system can't reserve, write_head() may fail on a full disk: the log then keeps its older head.
  if (::fallocate(fd.get(), FALLOC_FL_KEEP_SIZE, 0, head_room_bytes) != 0 && (errno == ENOSPC || errno == EDQUOT))
    return fail_errno("reserve room for the audit log's head");
  return {};
}

Status write_head(const std::string& session_dir, std::string_view line) {
  const std::string path = head_path(session_dir);
  const std::string next = next_path(session_dir);
  const Fd fd = TRY(open_next(session_dir));
  TRY_STATUS(os::write_all(fd.get(), line));
  if (::ftruncate(fd.get(), static_cast<off_t>(line.size())) != 0 || ::fdatasync(fd.get()) != 0)
    return fail_errno("write '" + next + "'");
  // The exchange keeps the old head's block for the next turn; the first head has nothing to change places with.
  if (::renameat2(AT_FDCWD, next.c_str(), AT_FDCWD, path.c_str(), RENAME_EXCHANGE) == 0) return {};
  if (::rename(next.c_str(), path.c_str()) != 0) return fail_errno("rename to '" + path + "'");
  return {};
}

}  // namespace bailey::audit

#include "audit/reserve.h"

#include <fcntl.h>
#include <sys/random.h>
#include <unistd.h>

#include <cerrno>

#include "os/files.h"

namespace bailey::audit {
namespace {

bool is_disk_full(int code) { return code == ENOSPC || code == EDQUOT || code == EFBIG; }

}  // namespace

Reserve::Reserve(const std::string& session_dir, std::uint64_t bytes)
    : spare_path_(os::join(session_dir, "audit.reserve")), bytes_(bytes) {}

Result<Reserve::Room> Reserve::keep_ahead(int fd, std::uint64_t end) {
  if (ahead(end) >= bytes_ / 2) return Room::enough;
  int code = 0;
  do {
    code = ::fallocate(fd, FALLOC_FL_KEEP_SIZE, static_cast<off_t>(end), static_cast<off_t>(bytes_)) == 0 ? 0 : errno;
  } while (code == EINTR);
  if (is_disk_full(code)) return Room::disk_full;
  if (code != 0 && code != EOPNOTSUPP && code != ENOSYS) return fail_errno(code, "reserve room for the audit log");
  if (code == 0) {
    until_ = end + bytes_;
    return Room::enough;
  }
  const Room room = TRY(write_spare_file());
  if (room == Room::enough) until_ = UINT64_MAX;
  return room;
}

bool Reserve::use_spare_file() {
  if (until_ == UINT64_MAX) until_ = 0;
  return ::unlink(spare_path_.c_str()) == 0;
}

Result<Reserve::Room> Reserve::write_spare_file() const {
  // Random: file systems that compress would store a run of zeros in no room at all.
  std::string bytes(bytes_, '\0');
  for (std::size_t filled = 0; filled < bytes.size();) {
    const ssize_t count = ::getrandom(bytes.data() + filled, bytes.size() - filled, 0);
    if (count < 0 && errno != EINTR) return fail_errno("reserve room for the audit log");
    if (count > 0) filled += static_cast<std::size_t>(count);
  }
  auto written = os::write_file(spare_path_, bytes);
  if (written) return Room::enough;
  ::unlink(spare_path_.c_str());
  if (is_disk_full(written.error().code)) return Room::disk_full;
  return std::unexpected(std::move(written).error());
}

}  // namespace bailey::audit

// One file from the host's tree into ours.
//
// The source side is hostile: a name may be swapped for a link, a pipe or a directory between two system calls, and a
// file may be written while it is read. So nothing is followed, nothing can block, what was opened is what is checked,
// and the file's times are compared before and after. The target side is ours alone.
#pragma once

#include <sys/stat.h>
#include <sys/types.h>

#include <atomic>
#include <optional>
#include <vector>

#include "base/result.h"
#include "workspace/owner.h"

namespace bailey::workspace {

enum class CopyOutcome {
  copied,
  changed_meanwhile,  // copied, but written to during each of copy_attempts_max attempts
  vanished,           // or swapped for something that is no file
  unreadable,         // permission, or an error of the medium
  not_regular,        // socket, pipe or device
  is_link,            // told by copy_regular(), which follows none
};

inline constexpr int copy_attempts_max = 3;
inline constexpr std::size_t small_file_bytes_max = 128 << 10;  // read and written at once

// What all copiers of a tree share.
struct CopySettings {
  std::optional<Owner> owner;       // chown(2) to these; only root can
  mode_t umask = 0777;              // the process's, where known: saves a chmod(2) per file
  std::atomic<bool> reflink{true};  // cleared by the first file system that can't FICLONE
};

// One per thread.
class FileCopier {
 public:
  explicit FileCopier(CopySettings& settings);
  // A file or a link, whichever it is by now.
  [[nodiscard]] Result<CopyOutcome> copy(int from, const char* name, int to);
  // Errors are the target's (disk full). Keeps mode without setuid, setgid and sticky, modification time (ns), holes.
  [[nodiscard]] Result<CopyOutcome> copy_regular(int from, const char* name, int to);
  // The link itself, wherever it points.
  [[nodiscard]] Result<CopyOutcome> copy_link(int from, const char* name, int to);

 private:
  [[nodiscard]] Result<CopyOutcome> copy_bytes(int source, const struct stat& status, int target);
  [[nodiscard]] Result<CopyOutcome> copy_small(int source, const struct stat& status, int target);
  [[nodiscard]] Result<CopyOutcome> copy_large(int source, const struct stat& status, int target);
  [[nodiscard]] Result<CopyOutcome> copy_range(int source, int target, off_t from, off_t to);
  [[nodiscard]] Status set_attributes(int target, const struct stat& status);

  CopySettings& settings_;
  std::vector<char> buffer_;
};

// Can files be cloned inside this directory's file system (ioctl_ficlone(2))?
[[nodiscard]] bool can_reflink(const std::string& directory);

}  // namespace bailey::workspace

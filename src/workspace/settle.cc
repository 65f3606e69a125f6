// Closing an overlay's window: what the user is likely to edit is copied up before that happens.
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>

#include "os/files.h"
#include "workspace/git_index.h"
#include "workspace/tracked.h"
#include "workspace/workspace.h"

namespace bailey::workspace {
namespace {

constexpr std::uint32_t file_type_bits = 0170000;
constexpr std::uint32_t regular_file = 0100000;

struct Candidate {
  std::string path;
  std::uint32_t mtime_seconds;
};

// Opening for writing makes overlayfs copy a file up, times included; where the mode forbids it, setting the mode that
// the file has does.
bool copy_up(int workspace, const std::string& path) {
  if (os::open_beneath(workspace, path, O_WRONLY | O_NONBLOCK)) return true;
  const auto file = os::open_beneath(workspace, path, O_RDONLY | O_NONBLOCK);
  struct stat status {};
  return file && ::fstat(file->get(), &status) == 0 && S_ISREG(status.st_mode) &&
         ::fchmod(file->get(), status.st_mode & 07777) == 0;
}

}  // namespace

Result<std::vector<std::string>> settle_list(const Prepared& prepared) {
  if (prepared.mode != Mode::overlay || prepared.git.kind != SourceKind::repository) return std::vector<std::string>();
  std::vector<Candidate> candidates;
  for (const auto& bytes : TRY(read_indexes(prepared.git.repository)))
    TRY(parse_index(bytes, prepared.git.repository.format, [&](const IndexEntry& entry) {
      if ((entry.mode & file_type_bits) == regular_file && !entry.skip_worktree && entry.size <= settle_file_bytes_max)
        candidates.push_back({std::string(entry.path), entry.mtime_seconds});
    }));
  const auto newest_first = [](const auto& a, const auto& b) { return a.mtime_seconds > b.mtime_seconds; };
  const auto kept = std::min(candidates.size(), settle_files_max);
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept), candidates.end(),
                    newest_first);
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < kept; ++i) paths.push_back(std::move(candidates[i].path));
  return paths;
}

Result<std::size_t> settle(int workspace_fd, const std::vector<std::string>& paths) {
  std::size_t settled = 0;
  for (const auto& path : paths) {
    if (copy_up(workspace_fd, path)) ++settled;
    else if (errno == ENOSPC || errno == EDQUOT) return fail_errno("copy '" + path + "' into the session");
  }
  return settled;
}

}  // namespace bailey::workspace

#include "guest/settle.h"

#include <fcntl.h>
#include <linux/openat2.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <charconv>

#include "base/fd.h"
#include "guest/git.h"
#include "guest/text.h"

namespace bailey::guest {
namespace {

constexpr std::int64_t nanoseconds = 1'000'000'000;
// Behind the agent, but not idle: we hold locks of directories while copying, for which the agent would wait.
constexpr int settle_nice = 10;
// ioprio_set(2); linux/ioprio.h of later kernels is not C++.
constexpr int ioprio_who_process = 1;
constexpr int ioprio_class_best_effort = 2;
constexpr int ioprio_class_shift = 13;
constexpr int settle_io_level = 7;  // the lowest

Fd open_below(int directory, const std::string& path) {
  open_how how{};
  how.flags = O_RDONLY | O_NONBLOCK | O_CLOEXEC;
  how.resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS;
  return Fd(static_cast<int>(::syscall(SYS_openat2, directory, path.c_str(), &how, sizeof how)));
}

std::vector<SettleCandidate> candidates_in(int workspace) {
  std::vector<SettleCandidate> found;
  const auto listed = git({{"ls-files", "-z", "--cached", "--others", "--exclude-standard"}, {}, {}, {}});
  for (const auto name : split(listed.out, '\0')) {
    struct stat status {};
    std::string path(name);
    if (path.empty() || ::fstatat(workspace, path.c_str(), &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    const auto bytes = static_cast<std::uint64_t>(status.st_size);
    if (!S_ISREG(status.st_mode) || bytes > settle_file_bytes_max) continue;
    found.push_back({std::move(path), status.st_mtim.tv_sec * nanoseconds + status.st_mtim.tv_nsec, bytes});
  }
  return found;
}

}  // namespace

std::vector<std::string> choose_settled(std::vector<SettleCandidate> candidates, std::uint64_t bytes_max) {
  const auto kept = std::min(candidates.size(), settle_files_max);
  std::partial_sort(candidates.begin(), candidates.begin() + static_cast<std::ptrdiff_t>(kept), candidates.end(),
                    [](const auto& a, const auto& b) { return a.mtime_ns > b.mtime_ns; });
  std::vector<std::string> paths;
  for (std::size_t i = 0; i < kept; ++i) {
    if (candidates[i].bytes > bytes_max) continue;
    bytes_max -= candidates[i].bytes;
    paths.push_back(std::move(candidates[i].path));
  }
  return paths;
}

bool settle_file(int workspace, const std::string& path) {
  const Fd file = open_below(workspace, path);
  struct stat status {};
  if (!file || ::fstat(file.get(), &status) != 0) return false;
  if (!S_ISREG(status.st_mode)) {
    errno = EINVAL;
    return false;
  }
  const timespec times[] = {status.st_atim, {0, UTIME_OMIT}};
  return ::futimens(file.get(), times) == 0;
}

int settle(std::span<const std::string_view> arguments) {
  std::uint64_t bytes_max = 0;
  const auto text = arguments.size() == 1 ? arguments.front() : std::string_view();
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), bytes_max);
  if (error != std::errc() || end != text.data() + text.size()) return 2;
  ::setpriority(PRIO_PROCESS, 0, settle_nice);
  ::syscall(SYS_ioprio_set, ioprio_who_process, 0, (ioprio_class_best_effort << ioprio_class_shift) | settle_io_level);
  const Fd workspace(::open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!workspace) return 1;
  for (const auto& path : choose_settled(candidates_in(workspace.get()), bytes_max))
    if (!settle_file(workspace.get(), path) && (errno == ENOSPC || errno == EDQUOT)) return 1;
  return 0;
}

}  // namespace bailey::guest

#include "sandbox/usage.h"

#include <dirent.h>
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <cstdlib>
#include <memory>

#include "base/fd.h"
#include "base/text.h"
#include "os/files.h"

namespace bailey::sandbox {
namespace {

constexpr std::size_t proc_bytes_max = std::size_t{1} << 20;
constexpr int depth_max = 512;  // of directories: each level holds a descriptor

void add_tree(pid_t pid, ProcessUsage& usage, unsigned depth) {
  if (depth > 4096 || usage.processes > 1'000'000) return;
  const std::string directory = "/proc/" + std::to_string(pid);
  unsigned long long total = 0;
  unsigned long long resident = 0;
  unsigned long long shared = 0;
  const std::string statm = os::read_file(directory + "/statm", proc_bytes_max).value_or("");
  if (std::sscanf(statm.c_str(), "%llu %llu %llu", &total, &resident, &shared) != 3) return;
  usage.memory_bytes +=
      (resident - (shared < resident ? shared : resident)) * static_cast<std::uint64_t>(::sysconf(_SC_PAGESIZE));
  ++usage.processes;
  for (const auto& task : os::list_directory(directory + "/task").value_or(std::vector<std::string>())) {
    const std::string children = os::read_file(directory + "/task/" + task + "/children", proc_bytes_max).value_or("");
    for (const auto child : split(trim(children), ' '))
      if (!child.empty()) add_tree(std::atoi(std::string(child).c_str()), usage, depth + 1);
  }
}

void add_directory(int fd, int depth, std::uint64_t enough, std::uint64_t& bytes) {
  const std::unique_ptr<DIR, int (*)(DIR*)> directory(::fdopendir(fd), &::closedir);
  if (!directory || depth > depth_max) return;
  while (const dirent* entry = ::readdir(directory.get())) {
    const std::string_view name(entry->d_name);
    if (name == "." || name == ".." || bytes > enough) continue;
    struct stat status {};
    if (::fstatat(::dirfd(directory.get()), entry->d_name, &status, AT_SYMLINK_NOFOLLOW) != 0) continue;
    bytes += static_cast<std::uint64_t>(status.st_blocks) * 512;
    if (!S_ISDIR(status.st_mode)) continue;
    const int below =
        ::openat(::dirfd(directory.get()), entry->d_name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (below >= 0) add_directory(below, depth + 1, enough, bytes);
  }
}

}  // namespace

ProcessUsage process_usage(pid_t init) {
  ProcessUsage usage;
  add_tree(init, usage, 0);
  return usage;
}

std::uint64_t disk_usage(const std::vector<std::string>& directories, std::uint64_t enough) {
  std::uint64_t bytes = 0;
  for (const auto& path : directories) {
    const int fd = ::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd >= 0) add_directory(fd, 0, enough, bytes);
  }
  return bytes;
}

}  // namespace bailey::sandbox

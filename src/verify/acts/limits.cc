// Using up the machine. Each act stops by itself a little above the amount it is given: below that amount the sandbox
// must have stopped it, and outside of it the machine must be able to spare it.
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr long long processes_max = 65536;
constexpr std::size_t chunk_bytes = std::size_t{8} << 20;
constexpr double mebibyte = 1024.0 * 1024.0;

ActResult fork_bomb(const Arguments& arguments) {
  const long long limit = arguments.number(0, -1);
  if (limit < 0 || limit > processes_max) return unavailable("needs a number of processes, at most 65536");
  static pid_t children[processes_max + 1];
  long long made = 0;
  int error = 0;
  while (made <= limit && error == 0) {
    const pid_t child = ::fork();
    if (child == 0) {
      ::prctl(PR_SET_PDEATHSIG, SIGKILL);
      while (true) ::pause();
    }
    if (child < 0) error = errno;
    else children[made++] = child;
  }
  for (long long i = 0; i < made; ++i) ::kill(children[i], SIGKILL);
  for (long long i = 0; i < made; ++i) ::waitpid(children[i], nullptr, 0);
  return error == 0 ? succeeded("made %lld processes", made) : refused(error, "stopped at %lld processes", made);
}

// In a child that the kernel's memory killer prefers; `progress` is shared with us.
ActResult in_sacrifice(long long bytes, int (*take)(long long bytes, volatile long long* progress)) {
  void* page = ::mmap(nullptr, sizeof(long long), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
  if (page == MAP_FAILED) return unavailable("no shared page");
  auto* progress = static_cast<volatile long long*>(page);
  const pid_t child = ::fork();
  if (child == 0) {
    const int score = ::open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (score >= 0) (void)!::write(score, "1000", 4);
    ::_exit(take(bytes, progress));
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return unavailable("no child process");
  const double taken = static_cast<double>(*progress) / mebibyte;
  if (WIFSIGNALED(status)) return refused(ENOMEM, "killed after %.0f MiB", taken);
  if (WEXITSTATUS(status) != 0) return refused(WEXITSTATUS(status), "stopped at %.0f MiB", taken);
  return succeeded("took %.0f MiB", taken);
}

int take_memory(long long bytes, volatile long long* progress) {
  while (*progress <= bytes) {
    void* chunk = ::mmap(nullptr, chunk_bytes, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (chunk == MAP_FAILED) return errno;
    std::memset(chunk, 1, chunk_bytes);
    *progress = *progress + static_cast<long long>(chunk_bytes);
  }
  return 0;
}

// Memory that no address space shows: RLIMIT_AS and RLIMIT_DATA do not see it.
int take_file_memory(long long bytes, volatile long long* progress) {
  ::signal(SIGXFSZ, SIG_IGN);
  const int fd = ::memfd_create("bailey-probe", MFD_CLOEXEC);
  if (fd < 0) return errno;
  static char chunk[1 << 20];
  while (*progress <= bytes) {
    const ssize_t count = ::write(fd, chunk, sizeof chunk);
    if (count < 0) return errno;
    *progress = *progress + count;
  }
  return 0;
}

ActResult memory_hog(const Arguments& arguments) {
  const long long bytes = arguments.number(0, -1);
  return bytes < 0 ? unavailable("needs a number of bytes") : in_sacrifice(bytes, take_memory);
}

ActResult memfd_hog(const Arguments& arguments) {
  const long long bytes = arguments.number(0, -1);
  return bytes < 0 ? unavailable("needs a number of bytes") : in_sacrifice(bytes, take_file_memory);
}

ActResult descriptor_hog(const Arguments& arguments) {
  const long long limit = arguments.number(0, -1);
  if (limit < 0) return unavailable("needs a number of descriptors");
  // What a process may grant itself is what counts.
  rlimit files{};
  ::getrlimit(RLIMIT_NOFILE, &files);
  files.rlim_cur = files.rlim_max;
  ::setrlimit(RLIMIT_NOFILE, &files);
  for (long long opened = 0; opened <= limit; ++opened)
    if (::dup(2) < 0) return refused(errno, "stopped at %lld descriptors", opened);
  return succeeded("opened %lld descriptors", limit + 1);
}

ActResult disk_hog(const Arguments& arguments) {
  const long long bytes = arguments.number(0, -1);
  if (bytes < 0) return unavailable("needs a number of bytes and a directory");
  ::signal(SIGXFSZ, SIG_IGN);
  char path[4096];
  std::snprintf(path, sizeof path, "%s/bailey-probe.%d", arguments.text(1, "."), ::getpid());
  const int fd = ::open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
  if (fd < 0) return unavailable("%s can not be created", path);
  ::unlink(path);
  static char chunk[1 << 20];
  std::memset(chunk, 1, sizeof chunk);
  long long written = 0;
  while (written <= bytes) {
    const ssize_t count = ::write(fd, chunk, sizeof chunk);
    if (count < 0) return refused(errno, "stopped at %.0f MiB", static_cast<double>(written) / mebibyte);
    written += count;
  }
  return succeeded("wrote %.0f MiB", static_cast<double>(written) / mebibyte);
}

ActResult raise_limits(const Arguments&) {
  for (const auto resource : {RLIMIT_NPROC, RLIMIT_NOFILE, RLIMIT_CORE, RLIMIT_MEMLOCK}) {
    rlimit limit{};
    ::getrlimit(resource, &limit);
    if (limit.rlim_max == RLIM_INFINITY) continue;
    limit.rlim_max += 1;
    if (::setrlimit(resource, &limit) == 0) return succeeded("raised a hard limit");
    return refused(errno, "setrlimit(2) above the hard limit");
  }
  return unavailable("no hard limit is set");
}

ActResult dump_core(const Arguments&) {
  rlimit limit{};
  ::getrlimit(RLIMIT_CORE, &limit);
  return limit.rlim_max == 0 ? refused(EPERM, "core files are off for good") : succeeded("core files can be had");
}

constexpr const char* row = "Scenario 8: exhaustion";
constexpr Act acts[] = {
    {"fork-bomb", 8, row, Layer::limits, Control::without_layer, "COUNT", "uses up the process table", fork_bomb},
    {"memory-hog", 8, row, Layer::limits, Control::without_layer, "BYTES", "uses up the memory", memory_hog},
    {"memfd-hog", 8, row, Layer::limits, Control::without_layer, "BYTES", "uses up memory that belongs to no process",
     memfd_hog},
    {"descriptor-hog", 8, row, Layer::limits, Control::without_layer, "COUNT", "uses up the file table",
     descriptor_hog},
    {"disk-hog", 8, row, Layer::limits, Control::without_layer, "BYTES [DIRECTORY]", "fills the disk", disk_hog},
    {"raise-limits", 8, row, Layer::capabilities, Control::outside_root, "", "lifts its own limits", raise_limits},
    {"core-dump", 8, row, Layer::limits, Control::outside_user, "", "has the kernel write or pipe a core file",
     dump_core},
};

}  // namespace

std::span<const Act> limit_acts() { return acts; }

}  // namespace bailey::verify

// Other processes: those of the host, and the sandbox's own init.
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr long long init = 1;
constexpr const char* own_name = "bailey-probe";

pid_t target(const Arguments& arguments) { return static_cast<pid_t>(arguments.number(0, init)); }

ActResult open_of(const Arguments& arguments, const char* entry, int flags) {
  char path[64];
  std::snprintf(path, sizeof path, "/proc/%d/%s", target(arguments), entry);
  const int fd = ::open(path, flags | O_CLOEXEC);
  if (fd < 0) return refused(errno, "open %s", path);
  char byte = 0;
  // environ and mem open and then refuse to be read, each in its own way.
  if ((flags & O_DIRECTORY) == 0 && std::strcmp(entry, "mem") != 0 && ::read(fd, &byte, 1) < 0)
    return refused(errno, "read %s", path);
  return succeeded("open %s", path);
}

ActResult root_of(const Arguments& arguments) { return open_of(arguments, "root", O_RDONLY | O_DIRECTORY); }
ActResult cwd_of(const Arguments& arguments) { return open_of(arguments, "cwd", O_RDONLY | O_DIRECTORY); }
ActResult descriptors_of(const Arguments& arguments) { return open_of(arguments, "fd", O_RDONLY | O_DIRECTORY); }
ActResult memory_of(const Arguments& arguments) { return open_of(arguments, "mem", O_RDWR); }
ActResult environment_of(const Arguments& arguments) { return open_of(arguments, "environ", O_RDONLY); }

ActResult trace(const Arguments& arguments) {
  const pid_t pid = target(arguments);
  const ActResult result = from_call(::ptrace(PTRACE_SEIZE, pid, 0, 0), "ptrace(PTRACE_SEIZE)");
  if (result.outcome == Outcome::succeeded) ::ptrace(PTRACE_DETACH, pid, 0, 0);
  return result;
}

ActResult write_memory(const Arguments& arguments) {
  char byte = 0;
  const iovec ours{&byte, 1};
  const iovec theirs{nullptr, 1};  // address 0 is never mapped: nothing can be changed
  constexpr int reached[] = {EFAULT};
  return from_useless_call(::process_vm_writev(target(arguments), &ours, 1, &theirs, 1, 0), reached,
                           "process_vm_writev(2)");
}

ActResult take_descriptor(const Arguments& arguments) {
  const long pidfd = ::syscall(SYS_pidfd_open, target(arguments), 0);
  if (pidfd < 0) return refused(errno, "pidfd_open(2)");
  constexpr int reached[] = {EBADF};  // permitted, but it has no such descriptor
  return from_useless_call(::syscall(SYS_pidfd_getfd, pidfd, 0, 0), reached, "pidfd_getfd(2)");
}

ActResult signal_it(const Arguments& arguments) {
  return from_call(::kill(target(arguments), 0), "kill(2) with signal 0");
}

ActResult signal_host(const Arguments& arguments) {
  if (arguments.text(0) == nullptr) return unavailable("needs the id of a process on the host");
  return signal_it(arguments);
}

// Does the command line of /proc/<pid> contain the marker, and not because it is ours?
bool shows(const char* pid, const char* marker) {
  char path[300];
  std::snprintf(path, sizeof path, "/proc/%s/cmdline", pid);
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return false;
  static char line[4096];
  const ssize_t size = ::read(fd, line, sizeof line);
  ::close(fd);
  if (size <= 0) return false;
  const auto bytes = static_cast<std::size_t>(size);
  return ::memmem(line, bytes, marker, std::strlen(marker)) != nullptr &&
         ::memmem(line, bytes, own_name, std::strlen(own_name)) == nullptr;
}

ActResult find_host_process(const Arguments& arguments) {
  const char* marker = arguments.text(0);
  if (marker == nullptr || *marker == '\0') return unavailable("needs a word of a host process's command line");
  DIR* processes = ::opendir("/proc");
  if (processes == nullptr) return refused(errno, "open /proc");
  int seen = 0;
  while (const dirent* entry = ::readdir(processes)) {
    if (entry->d_name[0] < '0' || entry->d_name[0] > '9') continue;
    ++seen;
    if (shows(entry->d_name, marker)) {
      const ActResult result = succeeded("process %s of the host is visible", entry->d_name);
      ::closedir(processes);
      return result;
    }
  }
  ::closedir(processes);
  return refused(ESRCH, "%d processes visible, none of them the host's", seen);
}

constexpr const char* row = "Identity and paths: /proc/<pid>/{root,cwd,fd,mem}";
constexpr const char* trace_row = "Kernel: ptrace of init";
constexpr Act acts[] = {
    {"proc-root", 2, row, Layer::pid_namespace, Control::outside_listener, "[PID]", "reads files as init sees them",
     root_of},
    {"proc-cwd", 2, row, Layer::pid_namespace, Control::outside_listener, "[PID]", "the same from where init stands",
     cwd_of},
    {"proc-fd", 2, row, Layer::pid_namespace, Control::outside_listener, "[PID]", "opens what init has open",
     descriptors_of},
    {"proc-mem", 2, row, Layer::pid_namespace, Control::outside_listener, "[PID]", "changes the memory of init",
     memory_of},
    {"proc-environ", 2, row, Layer::pid_namespace, Control::outside_listener, "[PID]",
     "reads secrets from the environment of init", environment_of},
    {"ptrace", 1, trace_row, Layer::pid_namespace, Control::outside_listener, "[PID]", "takes over init", trace},
    {"process-vm-writev", 1, trace_row, Layer::pid_namespace, Control::outside_listener, "[PID]",
     "changes the memory of init", write_memory},
    {"pidfd-getfd", 1, trace_row, Layer::pid_namespace, Control::outside_listener, "[PID]",
     "takes the supervisor's socket out of init", take_descriptor},
    {"kill-host", 7, row, Layer::pid_namespace, Control::outside_listener, "HOST_PID",
     "stops the supervisor or another process of the user", signal_host},
    {"host-processes", 2, row, Layer::pid_namespace, Control::outside_listener, "MARKER",
     "sees command lines of the host", find_host_process},
};

}  // namespace

std::span<const Act> process_acts() { return acts; }

}  // namespace bailey::verify

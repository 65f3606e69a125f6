// Becoming somebody else: root, a holder of capabilities, a member of other groups.
#include <dirent.h>
#include <fcntl.h>
#include <grp.h>
#include <linux/capability.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstdlib>
#include <cstring>
#include <initializer_list>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr long tick_nanoseconds = 10'000'000;
constexpr int ticks_max = 100;

ActResult be_root(const Arguments&) {
  return ::geteuid() == 0 || ::getuid() == 0 ? succeeded("runs as uid 0") : refused(EPERM, "runs as %u", ::getuid());
}

ActResult become_root(const Arguments&) { return from_call(::setresuid(0, 0, 0), "setresuid(2) to 0"); }

ActResult change_groups(const Arguments&) {
  const gid_t other = 0;
  return from_call(::setgroups(1, &other), "setgroups(2)");
}

ActResult raise_capability(const Arguments&) {
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  __user_cap_data_struct wanted[2] = {};
  wanted[0].effective = wanted[0].permitted = 1U << CAP_SYS_ADMIN;
  return from_call(::syscall(SYS_capset, &header, wanted), "capset(2) of CAP_SYS_ADMIN");
}

// Any bit in any of the five sets.
ActResult hold_capabilities(const Arguments&) {
  char status[4096] = {};
  const int fd = ::open("/proc/self/status", O_RDONLY | O_CLOEXEC);
  if (fd < 0 || ::read(fd, status, sizeof status - 1) <= 0) return unavailable("/proc/self/status can not be read");
  ::close(fd);
  for (const char* set : {"CapInh:", "CapPrm:", "CapEff:", "CapBnd:", "CapAmb:"}) {
    const char* line = std::strstr(status, set);
    if (line == nullptr) return unavailable("/proc/self/status has no %s", set);
    const unsigned long long bits = std::strtoull(line + std::strlen(set), nullptr, 16);
    if (bits != 0) return succeeded("%s %llx", set, bits);
  }
  return refused(EPERM, "all five capability sets are empty");
}

ActResult gain_privileges(const Arguments&) {
  return ::prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1 ? refused(EPERM, "no_new_privs is set")
                                                       : succeeded("no_new_privs is not set");
}

// The effective uid of another process, once it has become the program called `name`; -1: not yet.
int effective_uid(pid_t pid, const char* name) {
  char path[32];
  char status[1024] = {};
  std::snprintf(path, sizeof path, "/proc/%d/status", pid);
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  const ssize_t count = fd < 0 ? -1 : ::read(fd, status, sizeof status - 1);
  if (fd >= 0) ::close(fd);
  if (count <= 0 || std::strncmp(status, "Name:\t", 6) != 0) return -1;
  if (std::strncmp(status + 6, name, std::strlen(name)) != 0) return -1;
  unsigned real = 0;
  unsigned effective = 0;
  const char* line = std::strstr(status, "\nUid:");
  return line != nullptr && std::sscanf(line, "\nUid:\t%u\t%u", &real, &effective) == 2 ? static_cast<int>(effective)
                                                                                        : -1;
}

// Starts it with a terminal-less, silent stdin, so that it waits for a password, and looks who it runs as.
ActResult run_set_user_id(const char* path, const char* name) {
  int input[2];
  if (::pipe2(input, O_CLOEXEC) != 0) return unavailable("no pipe");
  const pid_t child = ::fork();
  if (child == 0) {
    ::setsid();
    ::dup2(input[0], 0);
    const int nothing = ::open("/dev/null", O_RDWR);
    ::dup2(nothing, 1);
    ::dup2(nothing, 2);
    ::execl(path, name, static_cast<char*>(nullptr));
    ::_exit(127);
  }
  int uid = -1;
  for (int tick = 0; child > 0 && uid < 0 && tick < ticks_max; ++tick) {
    uid = effective_uid(child, name);
    const timespec pause{0, tick_nanoseconds};
    if (uid < 0) ::nanosleep(&pause, nullptr);
  }
  if (child > 0) {
    ::kill(child, SIGKILL);  // EPERM where it did become root: closing its input ends it
    ::close(input[1]);
    ::waitpid(child, nullptr, 0);
  }
  if (uid < 0) return refused(EACCES, "%s did not start", path);
  return uid == 0 ? succeeded("%s ran as root", path) : refused(EPERM, "%s ran as uid %d", path, uid);
}

ActResult set_user_id(const Arguments&) {
  if (::geteuid() == 0) return unavailable("runs as root already");
  for (const char* name : {"su", "passwd", "chsh"}) {
    for (const char* directory : {"/usr/bin", "/bin"}) {
      char path[32];
      std::snprintf(path, sizeof path, "%s/%s", directory, name);
      struct stat status {};
      if (::stat(path, &status) == 0 && (status.st_mode & S_ISUID) != 0) return run_set_user_id(path, name);
    }
  }
  return unavailable("no set-user-ID program here");
}

// Descriptors above 2 are something that was forgotten; the directory being read is ours.
ActResult inherited_descriptors(const Arguments&) {
  DIR* directory = ::opendir("/proc/self/fd");
  if (directory == nullptr) return unavailable("/proc/self/fd can not be read");
  char path[32];
  char target[128] = {};
  int first = -1;
  int count = 0;
  while (const dirent* entry = ::readdir(directory)) {
    const int fd = std::atoi(entry->d_name);
    if (fd <= 2 || fd == ::dirfd(directory)) continue;
    if (count++ != 0) continue;
    first = fd;
    std::snprintf(path, sizeof path, "/proc/self/fd/%d", fd);
    if (::readlink(path, target, sizeof target - 1) < 0) target[0] = '\0';
  }
  ::closedir(directory);
  return count == 0 ? refused(EBADF, "nothing but stdin, stdout and stderr is open")
                    : succeeded("%d inherited, the first is %d: %s", count, first, target);
}

constexpr const char* row = "Identity and paths: root and capabilities";
constexpr Act acts[] = {
    {"uid-zero", 1, row, Layer::user_namespace, Control::fresh_namespaces, "", "is root", be_root},
    {"setuid-zero", 1, row, Layer::user_namespace, Control::outside_root, "", "becomes root", become_root},
    {"setgroups", 2, row, Layer::capabilities, Control::outside_root, "", "joins a group that may read more",
     change_groups},
    {"capset", 1, row, Layer::capabilities, Control::fresh_namespaces, "", "raises a capability", raise_capability},
    {"capabilities", 1, row, Layer::capabilities, Control::fresh_namespaces, "",
     "holds a capability, or could get it back by executing something", hold_capabilities},
    {"no-new-privileges", 1, row, Layer::no_new_privileges, Control::outside_user, "",
     "gains privileges by executing something", gain_privileges},
    {"setuid-program", 1, row, Layer::no_new_privileges, Control::outside_user, "", "runs su, which runs as root",
     set_user_id},
    {"inherited-descriptors", 2, "Identity and paths: inherited descriptors", Layer::descriptors,
     Control::outside_listener, "", "uses a descriptor that the supervisor forgot", inherited_descriptors},
};

}  // namespace

std::span<const Act> identity_acts() { return acts; }

}  // namespace bailey::verify

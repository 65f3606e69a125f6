#include "verify/acts/fresh_namespaces.h"

#include <fcntl.h>
#include <sched.h>
#include <sys/mount.h>
#include <unistd.h>

#include <cerrno>
#include <cstdio>
#include <cstring>

namespace bailey::verify {
namespace {

int write_file(const char* path, const char* text) {
  const int fd = ::open(path, O_WRONLY | O_CLOEXEC);
  if (fd < 0) return errno;
  const int error = ::write(fd, text, std::strlen(text)) < 0 ? errno : 0;
  ::close(fd);
  return error;
}

}  // namespace

int enter_fresh_namespaces() {
  char users[32];
  char groups[32];
  std::snprintf(users, sizeof users, "0 %u 1", ::geteuid());
  std::snprintf(groups, sizeof groups, "0 %u 1", ::getegid());
  if (::unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWNET | CLONE_NEWUTS | CLONE_NEWIPC) != 0) return errno;
  if (const int error = write_file("/proc/self/uid_map", users); error != 0) return error;
  if (const int error = write_file("/proc/self/setgroups", "deny"); error != 0) return error;
  if (const int error = write_file("/proc/self/gid_map", groups); error != 0) return error;
  // Nothing that an act mounts may reach the host's mount table.
  return ::mount("none", "/", nullptr, MS_REC | MS_PRIVATE, nullptr) == 0 ? 0 : errno;
}

}  // namespace bailey::verify

#include "init/lockdown.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <linux/securebits.h>
#include <net/if.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cstdio>
#include <cstring>

namespace bailey::init {
namespace {

int write_at(int directory, const char* path, const char* text) {
  const Fd fd(::openat(directory, path, O_WRONLY | O_CLOEXEC));
  if (!fd) return errno;
  const auto size = static_cast<ssize_t>(std::strlen(text));
  return ::write(fd.get(), text, static_cast<std::size_t>(size)) == size ? 0 : errno;
}

}  // namespace

Failure raise_loopback() {
  const char* stage = "bring the loopback interface up";
  const Fd fd(::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0));
  if (!fd) return failure(stage, errno, "socket");
  ifreq request{};
  std::strcpy(request.ifr_name, "lo");
  request.ifr_flags = IFF_UP | IFF_RUNNING;
  if (::ioctl(fd.get(), SIOCSIFFLAGS, &request) != 0) return failure(stage, errno, "lo");
  return done();
}

Failure set_host_name(std::string_view name) {
  if (::sethostname(name.data(), name.size()) != 0 || ::setdomainname("", 0) != 0)
    return failure("set the host name", errno, name);
  return done();
}

Failure enter_cgroup_namespace() {
  if (::unshare(CLONE_NEWCGROUP) != 0) return failure("enter a cgroup namespace", errno);
  return done();
}

Failure enter_second_user_namespace(int host_proc, unsigned uid, unsigned gid) {
  const char* stage = "enter the second user namespace";
  // One more below ours, the one made here, and none after it.
  if (const int error = write_at(host_proc, "sys/user/max_user_namespaces", "1"); error != 0)
    return failure(stage, error, "user.max_user_namespaces");
  if (::unshare(CLONE_NEWUSER) != 0) return failure(stage, errno, "unshare");
  char map[64];
  std::snprintf(map, sizeof map, "%u %u 1", uid, uid);
  if (const int error = write_at(host_proc, "self/uid_map", map); error != 0) return failure(stage, error, "uid_map");
  // Denied already where an ordinary user started us; as root the kernel wants it said (user_namespaces(7)).
  if (const int error = write_at(host_proc, "self/setgroups", "deny"); error != 0)
    return failure(stage, error, "setgroups");
  std::snprintf(map, sizeof map, "%u %u 1", gid, gid);
  if (const int error = write_at(host_proc, "self/gid_map", map); error != 0) return failure(stage, error, "gid_map");
  return done();
}

Failure drop_capabilities() {
  const char* stage = "drop all capabilities";
  constexpr unsigned long lock = SECBIT_NOROOT | SECBIT_NOROOT_LOCKED | SECBIT_NO_SETUID_FIXUP |
                                 SECBIT_NO_SETUID_FIXUP_LOCKED | SECBIT_KEEP_CAPS_LOCKED | SECBIT_NO_CAP_AMBIENT_RAISE |
                                 SECBIT_NO_CAP_AMBIENT_RAISE_LOCKED;
  if (::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0) != 0) return failure(stage, errno, "ambient");
  if (::prctl(PR_SET_SECUREBITS, lock, 0, 0, 0) != 0) return failure(stage, errno, "securebits");
  for (unsigned long capability = 0; capability < 64; ++capability) {
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) == 0) continue;
    if (errno == EINVAL && capability > 0) break;  // past the kernel's last capability
    return failure(stage, errno, "bounding set");
  }
  __user_cap_header_struct header{_LINUX_CAPABILITY_VERSION_3, 0};
  const __user_cap_data_struct none[2] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return failure(stage, errno, "capset");
  return done();
}

Failure forbid_new_privileges() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return failure("set no_new_privs", errno);
  // Nobody inside may trace init or read its memory, although it has the agent's uid.
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return failure("make init undumpable", errno);
  return done();
}

Failure set_resource_limits(WireReader& setup) {
  const std::uint32_t count = setup.u32();
  for (std::uint32_t i = 0; i < count && setup.ok(); ++i) {
    const auto resource = static_cast<int>(setup.u32());
    const std::uint64_t value = setup.u64();
    rlimit now{};
    if (::getrlimit(static_cast<__rlimit_resource>(resource), &now) != 0)
      return failure("set the resource limits", errno);
    const rlim_t hard = now.rlim_max < value ? now.rlim_max : value;
    const rlimit limit{hard, hard};
    if (::setrlimit(static_cast<__rlimit_resource>(resource), &limit) != 0)
      return failure("set the resource limits", errno);
  }
  return done();
}

}  // namespace bailey::init

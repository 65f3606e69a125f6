// New and foreign namespaces: the way to capabilities, and with them to most kernel bugs of the last years.
#include <fcntl.h>
#include <linux/sched.h>
#include <sched.h>
#include <signal.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr unsigned long clone_newtime = 0x80;  // since Linux 5.6; glibc 2.36 has no name for it

ActResult after_clone(long pid, const char* what) {
  if (pid == 0) ::_exit(0);
  const ActResult result = from_call(pid, what);
  if (pid > 0) ::waitpid(static_cast<pid_t>(pid), nullptr, 0);
  return result;
}

ActResult unshare_user(const Arguments&) { return from_call(::unshare(CLONE_NEWUSER), "unshare(CLONE_NEWUSER)"); }

ActResult unshare_mount(const Arguments&) { return from_call(::unshare(CLONE_NEWNS), "unshare(CLONE_NEWNS)"); }

ActResult unshare_time(const Arguments&) {
  return from_call(::syscall(SYS_unshare, clone_newtime), "unshare(CLONE_NEWTIME)");
}

ActResult clone_user(const Arguments&) {
  return after_clone(::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0), "clone(CLONE_NEWUSER)");
}

ActResult clone_high_bits(const Arguments&) {
  return after_clone(::syscall(SYS_clone, (1UL << 32) | CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0),
                     "clone(CLONE_NEWUSER) with a bit above the 32 that the kernel reads");
}

ActResult clone3_user(const Arguments&) {
  clone_args arguments{};
  arguments.flags = CLONE_NEWUSER;
  arguments.exit_signal = SIGCHLD;
  return after_clone(::syscall(SYS_clone3, &arguments, sizeof arguments), "clone3(CLONE_NEWUSER)");
}

ActResult enter(const char* path, int type, const char* what) {
  const int fd = ::open(path, O_RDONLY | O_CLOEXEC);
  if (fd < 0) return refused(errno, "open %s", path);
  return from_call(::setns(fd, type), what);
}

ActResult enter_own_uts(const Arguments&) { return enter("/proc/self/ns/uts", CLONE_NEWUTS, "setns(2)"); }

ActResult enter_init_mount(const Arguments&) {
  return enter("/proc/1/ns/mnt", CLONE_NEWNS, "setns(2) into the mount namespace of process 1");
}

constexpr const char* nested = "Kernel: nested user namespaces";
constexpr const char* clone3_row = "Kernel: clone3";
constexpr Act acts[] = {
    {"unshare-user", 9, nested, Layer::seccomp, Control::outside_user, "", "gets every capability in a new namespace",
     unshare_user},
    {"unshare-mount", 9, nested, Layer::seccomp, Control::fresh_namespaces, "", "gets a mount table of its own",
     unshare_mount},
    {"unshare-time", 9, nested, Layer::seccomp, Control::fresh_namespaces, "", "gets clocks of its own", unshare_time},
    {"clone-user", 9, nested, Layer::seccomp, Control::outside_user, "", "the same through clone(2)", clone_user},
    {"clone-user-high-bits", 9, nested, Layer::seccomp, Control::outside_user, "",
     "the same past a filter that compares 64 bits", clone_high_bits},
    {"clone3-user", 9, clone3_row, Layer::seccomp, Control::outside_user, "",
     "the same through clone3(2), whose flags no filter sees", clone3_user},
    {"setns", 9, nested, Layer::seccomp, Control::fresh_namespaces, "", "enters a namespace by descriptor",
     enter_own_uts},
    {"setns-init", 1, nested, Layer::user_namespace, Control::outside_root, "",
     "enters the mount namespace of process 1", enter_init_mount},
};

}  // namespace

std::span<const Act> namespace_acts() { return acts; }

}  // namespace bailey::verify

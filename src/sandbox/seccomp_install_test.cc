// The filters in the kernel: each refusal in a child with the filter, and the same call in a child without it.
#include "sandbox/seccomp_install.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/netlink.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <functional>
#include <thread>
#include <vector>

#include "os/kernel_abi.h"
#include "sandbox/child_process.h"
#include "sandbox/seccomp_floor.h"
#include "sandbox/seccomp_profile.h"

namespace bailey::sandbox {
namespace {

constexpr int not_installed = 250;

int install(std::span<const sock_filter> program) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  return install_filter(program.data(), program.size());
}

int with_filter(std::span<const sock_filter> program, const std::function<int()>& body) {
  return in_child([&] { return install(program) == 0 ? body() : not_installed; });
}

std::vector<sock_filter> whole_policy() { return with_floor(default_profile()).value(); }

struct Act {
  const char* name;
  std::function<int()> run;  // 0 or errno
  int refused_with;
};

std::vector<Act> acts() {
  return {
      {"unshare user", [] { return error_of(::unshare(CLONE_NEWUSER)); }, EPERM},
      {"clone user",
       [] {
         const long pid = ::syscall(SYS_clone, CLONE_NEWUSER | SIGCHLD, 0, 0, 0, 0);
         if (pid == 0) ::_exit(0);
         return error_of(pid);
       },
       EPERM},
      {"clone3", [] { return ::syscall(SYS_clone3, nullptr, 0) == -1 && errno == EINVAL ? 0 : errno; }, ENOSYS},
      {"io_uring", [] { return ::syscall(SYS_io_uring_setup, 1, nullptr) == -1 && errno == EFAULT ? 0 : errno; },
       ENOSYS},
      {"xfrm", [] { return error_of(::socket(AF_NETLINK, SOCK_RAW, NETLINK_XFRM)); }, EPROTONOSUPPORT},
      {"keyctl", [] { return error_of(::syscall(SYS_keyctl, 0, -3, 1)); }, EPERM},
      {"userfaultfd", [] { return error_of(::syscall(SYS_userfaultfd, 1)); }, EPERM},
      {"setns", [] { return ::syscall(SYS_setns, -1, 0) == -1 && errno == EBADF ? 0 : errno; }, EPERM},
  };
}

TEST(SeccompInstall, EachActSucceedsWithoutAndIsRefusedWithTheFloor) {
  for (const Act& act : acts()) {
    EXPECT_EQ(in_child(act.run), 0) << act.name << " is no control on this machine";
    EXPECT_EQ(with_filter(floor_filter(), act.run), act.refused_with) << act.name;
    EXPECT_EQ(with_filter(whole_policy(), act.run), act.refused_with) << act.name;
  }
}

TEST(SeccompInstall, FloorAfterTheProfileAnswersLikeTheJoinedFilter) {
  for (const Act& act : acts())
    EXPECT_EQ(in_child([&] {
                if (install(default_profile()) != 0 || install(floor_filter()) != 0) return not_installed;
                return act.run();
              }),
              act.refused_with)
        << act.name;
}

// CVE-2019-10063, on a terminal of our own.
TEST(SeccompInstall, TerminalInjectionWithHighBitsIsRefused) {
  const auto inject = [](unsigned long request) {
    ::setsid();
    const int master = ::posix_openpt(O_RDWR | O_NOCTTY);
    if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return not_installed;
    const int slave = ::open(::ptsname(master), O_RDWR);  // becomes the controlling terminal
    if (slave < 0) return not_installed;
    return error_of(::syscall(SYS_ioctl, slave, request, "x"));
  };
  const unsigned long high = TIOCSTI | (1UL << 32);
  const int control = in_child([&] { return inject(high); });
  if (control == EIO) GTEST_SKIP() << "dev.tty.legacy_tiocsti=0: the kernel refuses TIOCSTI by itself";
  ASSERT_EQ(control, 0) << "the kernel does ignore the upper half";
  EXPECT_EQ(with_filter(floor_filter(), [&] { return inject(high); }), EPERM);
  EXPECT_EQ(with_filter(whole_policy(), [&] { return inject(TIOCSTI); }), EPERM);
}

#if defined(__x86_64__)
long call_i386(long number) {
  long result = number;
  __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
  return result;
}

TEST(SeccompInstall, AnI386CallKillsTheProcess) {
  constexpr long i386_getpid = 20;
  const auto call = [] { return call_i386(i386_getpid) > 0 ? 0 : 1; };
  const int control = in_child(call);
  if (control == killed_by_signal + SIGSEGV) GTEST_SKIP() << "no 32-bit calls in this kernel: nothing to refuse";
  EXPECT_EQ(control, 0);
  EXPECT_EQ(with_filter(floor_filter(), call), killed_by_signal + SIGSYS);
}

TEST(SeccompInstall, X32CallsDoNotExist) {
  EXPECT_EQ(with_filter(floor_filter(), [] { return error_of(::syscall(os::abi::x32_syscall_bit | SYS_getpid)); }),
            ENOSYS);
  EXPECT_EQ(with_filter(floor_filter(), [] { return error_of(::syscall(SYS_getpid)); }), 0);
}
#endif

TEST(SeccompInstall, OrdinaryWorkGoesOn) {
  EXPECT_EQ(with_filter(whole_policy(),
                        [] {
                          int sum = 0;
                          std::thread other([&] { sum += 1; });  // clone3, then clone
                          other.join();
                          return ::system("exec /bin/sh -c 'ls / | sort | wc -l >/dev/null'") == 0 && sum == 1 ? 0 : 1;
                        }),
            0);
}

TEST(SeccompInstall, AProgramInsideMayTightenItself) {
  static constexpr sock_filter refuse_getppid[] = {
      BPF_STMT(BPF_LD | BPF_W | BPF_ABS, offsetof(seccomp_data, nr)),
      BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, SYS_getppid, 0, 1),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | EXDEV),
      BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  EXPECT_EQ(with_filter(whole_policy(),
                        [] {
                          if (install_filter(refuse_getppid, std::size(refuse_getppid)) != 0) return 1;
                          return ::syscall(SYS_getppid) == -1 && errno == EXDEV ? 0 : 2;
                        }),
            0);
}

TEST(SeccompInstall, RefusesImpossibleLengthsAndNeedsNoNewPrivileges) {
  const std::vector<sock_filter> too_long(filter_instructions_max + 1, sock_filter{BPF_RET | BPF_K, 0, 0, 0});
  EXPECT_EQ(install_filter(too_long.data(), too_long.size()), EINVAL);
  EXPECT_EQ(install_filter(too_long.data(), 0), EINVAL);
  EXPECT_EQ(in_child([] {
              if (::geteuid() == 0 && ::setresuid(65534, 65534, 65534) != 0) return 1;
              return install_filter(floor_filter().data(), floor_filter().size());
            }),
            EACCES);
}

}  // namespace
}  // namespace bailey::sandbox

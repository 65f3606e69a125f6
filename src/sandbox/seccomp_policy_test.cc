// The floor alone, and the floor in front of policy/seccomp.json, as values: each refusal beside a neighbour that is
// allowed.
#include <fcntl.h>
#include <gtest/gtest.h>
#include <linux/keyctl.h>
#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sched.h>
#include <sys/ioctl.h>
#include <sys/personality.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>
#include <initializer_list>
#include <vector>

#include "os/kernel_abi.h"
#include "sandbox/bpf_assembler.h"
#include "sandbox/bpf_evaluator.h"
#include "sandbox/seccomp_floor.h"
#include "sandbox/seccomp_profile.h"

namespace bailey::sandbox {
namespace {

using Numbers = std::initializer_list<long>;
using Values = std::initializer_list<std::uint64_t>;

constexpr std::uint64_t high_bits = std::uint64_t{1} << 32;

struct Call {
  long number;
  std::vector<std::uint64_t> arguments = {};
};

std::uint32_t decide(std::span<const sock_filter> program, const Call& call, std::uint32_t arch = native_audit_arch) {
  seccomp_data data{};
  data.nr = static_cast<int>(call.number);
  data.arch = arch;
  for (std::size_t i = 0; i < call.arguments.size(); ++i) data.args[i] = call.arguments[i];
  const auto action = evaluate(program, data);
  EXPECT_TRUE(action.has_value()) << "the program left its bounds at call " << call.number;
  return action.value_or(0);
}

// Both programs have the same floor; only the second has a profile behind it.
std::vector<std::span<const sock_filter>> programs() {
  static const std::vector<sock_filter> whole = with_floor(default_profile()).value();
  return {floor_filter(), whole};
}
std::uint32_t whole_policy(const Call& call) { return decide(programs()[1], call); }

void expect_refused(const Call& call, int error) {
  for (const auto program : programs()) EXPECT_EQ(decide(program, call), bpf_errno(error)) << "call " << call.number;
}
void expect_allowed(const Call& call) {
  for (const auto program : programs()) EXPECT_EQ(decide(program, call), SECCOMP_RET_ALLOW) << "call " << call.number;
}

TEST(SeccompFloor, KillsForeignArchitectures) {
  for (const auto program : programs()) {
    EXPECT_EQ(decide(program, {20}, AUDIT_ARCH_I386), SECCOMP_RET_KILL_PROCESS);
    EXPECT_EQ(decide(program, {SYS_getpid}, AUDIT_ARCH_ARM), SECCOMP_RET_KILL_PROCESS);
    EXPECT_EQ(decide(program, {SYS_getpid}), SECCOMP_RET_ALLOW);
  }
}

#if defined(__x86_64__)
TEST(SeccompFloor, X32NumbersDoNotExist) {
  expect_refused({os::abi::x32_syscall_bit | SYS_getpid}, ENOSYS);
  expect_refused({os::abi::x32_syscall_bit | SYS_ioctl, {0, TIOCSTI}}, ENOSYS);
  expect_refused({os::abi::x32_syscall_bit | 512}, ENOSYS);
  expect_refused({512}, ENOSYS);  // the x32-only range called without the bit
  expect_refused({-1}, ENOSYS);
}

TEST(SeccompFloor, GapsInTheTableDoNotExist) {
  expect_refused({337}, ENOSYS);
  expect_refused({423}, ENOSYS);
  expect_allowed({335});  // uretprobe, put there by the kernel itself
  expect_allowed({SYS_rseq});
  expect_allowed({SYS_pidfd_send_signal});
}
#endif

TEST(SeccompFloor, NumbersThatNobodyReviewedDoNotExist) {
  expect_refused({os::abi::nr_last_reviewed + 1}, ENOSYS);
  expect_refused({1'000'000}, ENOSYS);
  expect_allowed({os::abi::nr_last_reviewed});
  expect_allowed({452});  // fchmodat2: libseccomp 2.5.4 has no name for it
}

TEST(SeccompFloor, CallsWithAFallbackDoNotExist) {
  for (const long number : Numbers{SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register,
                                   os::abi::nr_statmount, os::abi::nr_listmount})
    expect_refused({number}, ENOSYS);
  for (const long number :
       Numbers{SYS_statx, SYS_openat2, SYS_faccessat2, SYS_close_range, SYS_io_setup, SYS_epoll_pwait2})
    expect_allowed({number});
}

TEST(SeccompFloor, NamespacesMountsAndAdministrationAreRefused) {
  for (const long number : Numbers{SYS_unshare,
                                   SYS_setns,
                                   SYS_mount,
                                   SYS_umount2,
                                   SYS_pivot_root,
                                   SYS_chroot,
                                   SYS_fsopen,
                                   SYS_fsconfig,
                                   SYS_fsmount,
                                   SYS_fspick,
                                   SYS_open_tree,
                                   os::abi::nr_open_tree_attr,
                                   SYS_move_mount,
                                   SYS_mount_setattr,
                                   SYS_open_by_handle_at,
                                   SYS_bpf,
                                   SYS_perf_event_open,
                                   SYS_userfaultfd,
                                   SYS_add_key,
                                   SYS_request_key,
                                   SYS_keyctl,
                                   SYS_init_module,
                                   SYS_finit_module,
                                   SYS_delete_module,
                                   SYS_kexec_load,
                                   SYS_kexec_file_load,
                                   SYS_reboot,
                                   SYS_swapon,
                                   SYS_swapoff,
                                   SYS_acct,
                                   SYS_quotactl,
                                   SYS_quotactl_fd,
                                   SYS_settimeofday,
                                   SYS_clock_settime,
                                   SYS_syslog,
                                   SYS_vhangup,
                                   SYS_lookup_dcookie,
                                   SYS_nfsservctl})
    expect_refused({number}, EPERM);
  for (const long number : Numbers{SYS_chdir, SYS_openat, SYS_name_to_handle_at, SYS_statfs, SYS_ptrace, SYS_seccomp,
                                   SYS_process_vm_readv, SYS_memfd_create, SYS_clock_gettime, SYS_sync})
    expect_allowed({number});
}

TEST(SeccompFloor, CloneMakesProcessesAndThreadsButNoNamespaces) {
  for (const std::uint64_t flag :
       Values{CLONE_NEWNS, CLONE_NEWCGROUP, CLONE_NEWUTS, CLONE_NEWIPC, CLONE_NEWUSER, CLONE_NEWPID, CLONE_NEWNET}) {
    expect_refused({SYS_clone, {flag | SIGCHLD}}, EPERM);
    expect_refused({SYS_clone, {high_bits | flag}}, EPERM);
  }
  expect_allowed({SYS_clone, {SIGCHLD}});
  expect_allowed({SYS_clone,
                  {CLONE_VM | CLONE_FS | CLONE_FILES | CLONE_SIGHAND | CLONE_THREAD | CLONE_SYSVSEM | CLONE_SETTLS |
                   CLONE_PARENT_SETTID | CLONE_CHILD_CLEARTID}});
  expect_allowed({SYS_clone, {CLONE_VM | CLONE_VFORK | CLONE_PIDFD | SIGCHLD}});
}

// CVE-2019-10063: the kernel reads 32 bits of the request, so a filter that compares 64 can be passed.
TEST(SeccompFloor, TerminalInjectionIsRefusedWhateverTheUpperHalfHolds) {
  for (const std::uint64_t request : Values{TIOCSTI, TIOCLINUX, TIOCSETD}) {
    expect_refused({SYS_ioctl, {0, request}}, EPERM);
    expect_refused({SYS_ioctl, {0, request | high_bits}}, EPERM);
    expect_refused({SYS_ioctl, {0, request | 0xffffffff00000000}}, EPERM);
  }
  for (const std::uint64_t request : Values{TCGETS, TIOCGWINSZ, TIOCSCTTY, FIONREAD, std::uint64_t{TIOCSTI} + 1})
    expect_allowed({SYS_ioctl, {0, request}});
}

TEST(SeccompFloor, SocketFamiliesOfEverydayProgramsOnly) {
  for (std::uint64_t family = 0; family < 64; ++family) {
    const bool everyday = family == AF_UNIX || family == AF_INET || family == AF_INET6 || family == AF_NETLINK;
    for (const std::uint64_t seen : Values{family, family | high_bits}) {
      if (!everyday) expect_refused({SYS_socket, {seen, SOCK_DGRAM, 0}}, EAFNOSUPPORT);
      if (family != AF_UNIX) expect_refused({SYS_socketpair, {seen, SOCK_STREAM, 0}}, EAFNOSUPPORT);
    }
    if (everyday) expect_allowed({SYS_socket, {family, SOCK_DGRAM, 0}});
  }
  expect_allowed({SYS_socketpair, {AF_UNIX, SOCK_STREAM, 0}});
  expect_allowed({SYS_socket, {AF_UNIX, SOCK_SEQPACKET, 0}});
}

TEST(SeccompFloor, NetlinkForRoutesOnly) {
  expect_allowed({SYS_socket, {AF_NETLINK, SOCK_RAW | SOCK_CLOEXEC, NETLINK_ROUTE}});
  for (const std::uint64_t protocol : Values{NETLINK_XFRM, NETLINK_NETFILTER, NETLINK_AUDIT, NETLINK_SOCK_DIAG,
                                             NETLINK_KOBJECT_UEVENT, NETLINK_GENERIC, NETLINK_CRYPTO, NETLINK_RDMA})
    expect_refused({SYS_socket, {AF_NETLINK, SOCK_RAW, protocol}}, EPROTONOSUPPORT);
  EXPECT_NE(whole_policy({SYS_socket, {AF_NETLINK, SOCK_RAW, high_bits | NETLINK_XFRM}}), SECCOMP_RET_ALLOW);
}

TEST(SeccompFloor, InternetSocketsCarryTcpUdpAndPing) {
  for (const std::uint64_t family : Values{AF_INET, AF_INET6}) {
    for (const std::uint64_t type : Values{SOCK_RAW, SOCK_PACKET, SOCK_SEQPACKET, SOCK_RDM, SOCK_DCCP}) {
      expect_refused({SYS_socket, {family, type, 0}}, EPERM);
      expect_refused({SYS_socket, {family, type | SOCK_CLOEXEC | high_bits, IPPROTO_TCP}}, EPERM);
    }
    for (const std::uint64_t protocol :
         Values{IPPROTO_SCTP, IPPROTO_DCCP, IPPROTO_UDPLITE, os::abi::ipproto_smc, os::abi::ipproto_mptcp, 115})
      expect_refused({SYS_socket, {family, SOCK_STREAM, protocol}}, EPROTONOSUPPORT);
    expect_allowed({SYS_socket, {family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, IPPROTO_TCP}});
    expect_allowed({SYS_socket, {family, SOCK_DGRAM, IPPROTO_UDP}});
    expect_allowed({SYS_socket, {family, SOCK_DGRAM, IPPROTO_ICMP}});
    expect_allowed({SYS_socket, {family | high_bits, SOCK_STREAM, 0}});  // rubbish above an int: a legal program
  }
}

TEST(SeccompFloor, UpperLayerProtocolsOfTcpAreRefused) {
  expect_refused({SYS_setsockopt, {3, IPPROTO_TCP, TCP_ULP}}, EPERM);
  expect_refused({SYS_setsockopt, {3, IPPROTO_TCP | high_bits, TCP_ULP | high_bits}}, EPERM);
  expect_allowed({SYS_setsockopt, {3, IPPROTO_TCP, TCP_NODELAY}});
  expect_allowed({SYS_setsockopt, {3, SOL_SOCKET, TCP_ULP}});
}

TEST(SeccompFloor, ProgramsMayFilterThemselvesButNotListen) {
  expect_refused({SYS_seccomp, {SECCOMP_SET_MODE_FILTER, os::abi::seccomp_flag_new_listener}}, EPERM);
  expect_refused({SYS_seccomp, {SECCOMP_SET_MODE_FILTER, high_bits | os::abi::seccomp_flag_new_listener | 1}}, EPERM);
  expect_allowed({SYS_seccomp, {SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC}});
  for (const long number :
       Numbers{SYS_landlock_create_ruleset, SYS_landlock_add_rule, SYS_landlock_restrict_self, SYS_prctl})
    expect_allowed({number});
}

TEST(SeccompDefaultProfile, RefusesWhatItDoesNotList) {
  for (const long number : Numbers {
         SYS_vmsplice, SYS_kcmp, SYS_adjtimex, SYS_clock_adjtime, SYS_fanotify_init, SYS_migrate_pages, SYS_sethostname,
             SYS_setdomainname, SYS_memfd_secret,
#if defined(__x86_64__)
             SYS_modify_ldt, SYS_uselib, SYS_ustat, SYS_sysfs, SYS__sysctl, SYS_iopl, SYS_ioperm,
#endif
             long {
           460
         } /* lsm_set_self_attr */
       }) {
    EXPECT_EQ(whole_policy({number}), bpf_errno(EPERM)) << number;
  }
  EXPECT_EQ(decide(floor_filter(), {SYS_vmsplice}), SECCOMP_RET_ALLOW) << "the profile's decision, not the floor's";
}

TEST(SeccompDefaultProfile, PersonalityForDebuggersAndBuildsOnly) {
  for (const std::uint64_t value : Values{0, PER_LINUX32, UNAME26, ADDR_NO_RANDOMIZE, 0xffffffff})
    EXPECT_EQ(whole_policy({SYS_personality, {value}}), SECCOMP_RET_ALLOW) << value;
  for (const std::uint64_t value : Values{READ_IMPLIES_EXEC, ADDR_COMPAT_LAYOUT, MMAP_PAGE_ZERO, PER_SVR4})
    EXPECT_EQ(whole_policy({SYS_personality, {value}}), bpf_errno(EPERM)) << value;
}

TEST(SeccompDefaultProfile, FitsBesideTheFloor) {
  EXPECT_GT(default_profile().size(), 300U);
  EXPECT_LT(with_floor(default_profile())->size(), 1024U);
}

// The kernel caches "always allowed" for calls that are decided without reading an argument.
TEST(SeccompDefaultProfile, CommonCallsAreDecidedWithoutTheirArguments) {
  for (const long number : Numbers{SYS_read, SYS_write, SYS_openat, SYS_newfstatat, SYS_mmap, SYS_futex, SYS_close})
    for (const std::uint64_t argument : Values{0, UINT64_MAX, high_bits | TIOCSTI})
      expect_allowed({number, {argument, argument, argument, argument, argument, argument}});
}

}  // namespace
}  // namespace bailey::sandbox

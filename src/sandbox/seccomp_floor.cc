#include "sandbox/seccomp_floor.h"

#include <linux/netlink.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/syscall.h>

#include <cerrno>

#include "os/kernel_abi.h"
#include "sandbox/bpf_assembler.h"

namespace bailey::sandbox {
namespace {

constexpr std::size_t floor_instructions_max = 256;
using Floor = BpfAssembler<floor_instructions_max>;

constexpr std::uint32_t refused = bpf_errno(EPERM);
constexpr std::uint32_t not_there = bpf_errno(ENOSYS);
constexpr std::uint32_t no_family = bpf_errno(EAFNOSUPPORT);
constexpr std::uint32_t no_protocol = bpf_errno(EPROTONOSUPPORT);
constexpr std::uint32_t socket_type_mask = 0xf;  // SOCK_TYPE_MASK in the kernel: without SOCK_CLOEXEC and SOCK_NONBLOCK

constexpr void refuse_foreign_calls(Floor& floor) {
  floor.load(bpf_arch);
  floor.return_unless_equal(native_audit_arch, SECCOMP_RET_KILL_PROCESS);
  floor.load(bpf_nr);
#if defined(__x86_64__)
  floor.return_if_at_least(os::abi::x32_syscall_bit, not_there);  // -1 as well
  floor.return_if_between(os::abi::nr_gap_first, os::abi::nr_gap_last, not_there);
#endif
  floor.return_if_above(os::abi::nr_last_reviewed, not_there);
}

constexpr void refuse_whole_calls(Floor& floor) {
  // Programs fall back from these when the kernel says that it does not have them. clone3 keeps its flags in memory,
  // where no filter can see them.
  floor.return_if_any({SYS_clone3, SYS_io_uring_setup, SYS_io_uring_enter, SYS_io_uring_register, os::abi::nr_statmount,
                       os::abi::nr_listmount},
                      not_there);
  floor.return_if_any(
      {
        SYS_unshare, SYS_setns,
            // the mount API, old and new
            SYS_mount, SYS_umount2, SYS_pivot_root, SYS_chroot, SYS_fsopen, SYS_fsconfig, SYS_fsmount, SYS_fspick,
            SYS_open_tree, os::abi::nr_open_tree_attr, SYS_move_mount, SYS_mount_setattr, SYS_open_by_handle_at,
            // large attack surfaces that an agent has no use for
            SYS_bpf, SYS_perf_event_open, SYS_userfaultfd, SYS_add_key, SYS_request_key, SYS_keyctl,
            // administration of the machine
            SYS_init_module, SYS_finit_module, SYS_delete_module, SYS_kexec_load, SYS_kexec_file_load, SYS_reboot,
            SYS_swapon, SYS_swapoff, SYS_acct, SYS_quotactl, SYS_quotactl_fd, SYS_settimeofday, SYS_clock_settime,
            SYS_syslog, SYS_vhangup, SYS_lookup_dcookie,
#if defined(__x86_64__)
            SYS_iopl, SYS_ioperm,
#endif
            SYS_nfsservctl
      },
      refused);
}

constexpr void refuse_new_namespaces(Floor& floor) {
  const auto block = floor.begin_block_if_equal(SYS_clone);
  floor.load(bpf_arg_low(0));  // the kernel looks at the lower half only
  floor.return_if_any_bit(os::abi::clone_new_any, refused);
  floor.jump_to_end();
  floor.end_block(block);
}

// TIOCSTI types into the user's terminal, TIOCLINUX pastes into a console, TIOCSETD loads line disciplines.
constexpr void refuse_terminal_injection(Floor& floor) {
  const auto block = floor.begin_block_if_equal(SYS_ioctl);
  floor.load(bpf_arg_low(1));  // unsigned int in the kernel: all 64 bits compared is CVE-2019-10063
  floor.return_if_any({TIOCSTI, TIOCLINUX, TIOCSETD}, refused);
  floor.jump_to_end();
  floor.end_block(block);
}

// A listener could answer for the supervisor, and the kernel allows only one in a chain of filters.
constexpr void refuse_listeners(Floor& floor) {
  const auto block = floor.begin_block_if_equal(SYS_seccomp);
  floor.load(bpf_arg_low(1));
  floor.return_if_any_bit(os::abi::seccomp_flag_new_listener, refused);
  floor.jump_to_end();
  floor.end_block(block);
}

constexpr void limit_sockets(Floor& floor) {
  const auto block = floor.begin_block_if_equal(SYS_socket);
  floor.load(bpf_arg_low(0));
  floor.return_unless_any({AF_UNIX, AF_INET, AF_INET6, AF_NETLINK}, no_family);
  const auto netlink = floor.begin_block_if_equal(AF_NETLINK);
  floor.load(bpf_arg_low(2));
  floor.return_unless_equal(NETLINK_ROUTE, no_protocol);
  floor.jump_to_end();
  floor.end_block(netlink);
  const auto local = floor.begin_block_if_equal(AF_UNIX);
  floor.jump_to_end();
  floor.end_block(local);
  // Internet: no raw or packet sockets, and none of the protocols that load a module (SCTP, DCCP, L2TP, SMC, MPTCP).
  floor.load(bpf_arg_low(1));
  floor.keep_bits(socket_type_mask);
  floor.return_unless_any({SOCK_STREAM, SOCK_DGRAM}, refused);
  floor.load(bpf_arg_low(2));
  floor.return_unless_any({IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP, IPPROTO_ICMP, IPPROTO_ICMPV6}, no_protocol);
  floor.jump_to_end();
  floor.end_block(block);
}

// Upper layer protocols (kernel TLS and its like) load modules into TCP: a rich source of kernel bugs, and nothing
// needs them. Here and not in the profile, since OCI's comparisons of "not equal" see all 64 bits.
constexpr void refuse_upper_layer_protocols(Floor& floor) {
  const auto block = floor.begin_block_if_equal(SYS_setsockopt);
  floor.load(bpf_arg_low(1));
  const auto tcp = floor.begin_block_if_equal(IPPROTO_TCP);
  floor.load(bpf_arg_low(2));
  floor.return_if_equal(TCP_ULP, refused);
  floor.end_block(tcp);
  floor.jump_to_end();
  floor.end_block(block);
}

constexpr void limit_socket_pairs(Floor& floor) {
  const auto block = floor.begin_block_if_equal(SYS_socketpair);
  floor.load(bpf_arg_low(0));
  floor.return_unless_equal(AF_UNIX, no_family);
  floor.jump_to_end();
  floor.end_block(block);
}

constexpr Floor assemble() {
  Floor floor;
  refuse_foreign_calls(floor);
  // The number stays in the register until a block that matches reads an argument, and such a block never comes back.
  refuse_whole_calls(floor);
  refuse_new_namespaces(floor);
  refuse_terminal_injection(floor);
  refuse_listeners(floor);
  limit_sockets(floor);
  limit_socket_pairs(floor);
  refuse_upper_layer_protocols(floor);
  floor.finish();
  floor.return_now(SECCOMP_RET_ALLOW);
  return floor;
}

constexpr Floor floor_program = assemble();

}  // namespace

std::span<const sock_filter> floor_filter() { return {floor_program.code().data(), floor_program.size()}; }
std::span<const sock_filter> floor_prefix() { return floor_filter().first(floor_program.size() - 1); }

}  // namespace bailey::sandbox

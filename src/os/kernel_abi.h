// The kernel's numbers and structures that Debian 12's headers (Linux 6.1) are too old to have, and some that libc
// hides behind headers which do not mix. Values are the kernel's ABI: they never change. Sources: include/uapi/linux/.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bailey::os::abi {

// landlock(7). Each ABI version adds to the one before; a kernel refuses bits it does not know.
namespace landlock {
struct RulesetAttributes {  // landlock_ruleset_attr; a kernel that knows less of it accepts zeros in the rest
  std::uint64_t handled_access_fs = 0;
  std::uint64_t handled_access_net = 0;  // ABI 4
  std::uint64_t scoped = 0;              // ABI 6
};
struct [[gnu::packed]] PathBeneathAttributes {  // landlock_path_beneath_attr
  std::uint64_t allowed_access = 0;
  std::int32_t parent_fd = -1;
};
inline constexpr std::uint32_t create_ruleset_version = 1U << 0;
inline constexpr int rule_path_beneath = 1;

namespace fs {
inline constexpr std::uint64_t execute = 1ULL << 0;
inline constexpr std::uint64_t write_file = 1ULL << 1;
inline constexpr std::uint64_t read_file = 1ULL << 2;
inline constexpr std::uint64_t read_dir = 1ULL << 3;
inline constexpr std::uint64_t remove_dir = 1ULL << 4;
inline constexpr std::uint64_t remove_file = 1ULL << 5;
inline constexpr std::uint64_t make_char = 1ULL << 6;
inline constexpr std::uint64_t make_dir = 1ULL << 7;
inline constexpr std::uint64_t make_reg = 1ULL << 8;
inline constexpr std::uint64_t make_sock = 1ULL << 9;
inline constexpr std::uint64_t make_fifo = 1ULL << 10;
inline constexpr std::uint64_t make_block = 1ULL << 11;
inline constexpr std::uint64_t make_sym = 1ULL << 12;
inline constexpr std::uint64_t refer = 1ULL << 13;      // ABI 2
inline constexpr std::uint64_t truncate = 1ULL << 14;   // ABI 3
inline constexpr std::uint64_t ioctl_dev = 1ULL << 15;  // ABI 5
}  // namespace fs

namespace net {  // ABI 4
inline constexpr std::uint64_t bind_tcp = 1ULL << 0;
inline constexpr std::uint64_t connect_tcp = 1ULL << 1;
}  // namespace net

namespace scope {  // ABI 6
inline constexpr std::uint64_t abstract_unix_socket = 1ULL << 0;
inline constexpr std::uint64_t signal = 1ULL << 1;
}  // namespace scope

namespace restrict_self {  // ABI 7: which denials the audit subsystem logs
inline constexpr std::uint32_t log_same_exec_off = 1U << 0;
inline constexpr std::uint32_t log_new_exec_on = 1U << 1;
inline constexpr std::uint32_t log_subdomains_off = 1U << 2;
}  // namespace restrict_self
}  // namespace landlock

// clone(2), unshare(2). CLONE_NEWTIME shares its bit with the exit signal of clone(2): unshare and clone3 only.
inline constexpr std::uint32_t clone_newtime = 0x00000080;
inline constexpr std::uint32_t clone_new_any = 0x7e020000;  // every CLONE_NEW* flag that clone(2) understands

// seccomp(2).
inline constexpr std::uint32_t seccomp_flag_new_listener = 1U << 3;
inline constexpr std::uint32_t seccomp_flag_wait_killable_recv = 1U << 5;

// System calls newer than 6.1 have one number on every architecture (asm-generic/unistd.h).
struct NamedCall {
  const char* name;
  int number;
};
inline constexpr NamedCall new_calls[] = {
    {"cachestat", 451},         {"fchmodat2", 452},        {"map_shadow_stack", 453},
    {"futex_wake", 454},        {"futex_wait", 455},       {"futex_requeue", 456},
    {"statmount", 457},         {"listmount", 458},        {"lsm_get_self_attr", 459},
    {"lsm_set_self_attr", 460}, {"lsm_list_modules", 461}, {"mseal", 462},
    {"setxattrat", 463},        {"getxattrat", 464},       {"listxattrat", 465},
    {"removexattrat", 466},     {"open_tree_attr", 467},   {"file_getattr", 468},
    {"file_setattr", 469},
#if defined(__x86_64__)
    {"uretprobe", 335},         {"uprobe", 336},
#endif
};
inline constexpr int nr_statmount = 457;
inline constexpr int nr_listmount = 458;
inline constexpr int nr_open_tree_attr = 467;
// The newest call that somebody has looked at, Linux 6.18's last. Anything above is refused until it is reviewed.
inline constexpr int nr_last_reviewed = 469;

#if defined(__x86_64__)
inline constexpr std::uint32_t x32_syscall_bit = 0x40000000;
// syscall_64.tbl leaves these free for ever: "don't use numbers 387 through 423"; those from 337 are not used either.
inline constexpr int nr_gap_first = 337;
inline constexpr int nr_gap_last = 423;
#endif

// Socket families and protocols that are refused by name in tests and acts (bits/socket.h has most of them).
inline constexpr int ipproto_smc = 256;
inline constexpr int ipproto_mptcp = 262;

}  // namespace bailey::os::abi

#include "gateway/confine.h"

#include <fcntl.h>
#include <linux/capability.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/kernel_abi.h"
#include "sandbox/bpf_assembler.h"
#include "sandbox/landlock.h"
#include "sandbox/seccomp_install.h"

namespace bailey::gateway {
namespace {

constexpr std::size_t filter_capacity = 256;
using Filter = sandbox::BpfAssembler<filter_capacity>;

constexpr std::uint32_t allowed = SECCOMP_RET_ALLOW;
constexpr std::uint32_t refused = sandbox::bpf_errno(EPERM);
constexpr std::uint32_t deadly = SECCOMP_RET_KILL_PROCESS;
constexpr std::uint32_t socket_type_mask = 0xf;  // without SOCK_CLOEXEC and SOCK_NONBLOCK

constexpr void allow_plain_calls(Filter& filter) {
  filter.return_if_any(
      {
          // carrying bytes
          SYS_read,
          SYS_readv,
          SYS_write,
          SYS_writev,
          SYS_pread64,
          SYS_recvfrom,
          SYS_sendto,
          SYS_recvmsg,
          SYS_sendmsg,
          SYS_recvmmsg,
          SYS_sendmmsg,
          SYS_close,
          SYS_lseek,  // the size of a text
          SYS_shutdown,
          // connections: those of the sandbox are accepted, those to the internet are made
          SYS_accept4,
          SYS_connect,
          SYS_getsockname,
          SYS_getpeername,
          SYS_getsockopt,
          // the event loop
          SYS_epoll_wait,
          SYS_epoll_pwait,
          SYS_epoll_ctl,
      },
      allowed);
  filter.return_if_any(
      {
          // memory, without new code: mmap and mprotect are below
          SYS_brk,
          SYS_munmap,
          SYS_mremap,
          SYS_madvise,
          SYS_mlock,  // of secrets
          SYS_futex,
          // time and random numbers; usually without a call
          SYS_clock_gettime,
          SYS_clock_nanosleep,
          SYS_nanosleep,
          SYS_gettimeofday,
          SYS_time,
          SYS_getrandom,
          // itself and its end
          SYS_getpid,
          SYS_gettid,
          SYS_rt_sigreturn,
          SYS_rt_sigprocmask,
          SYS_rt_sigaction,
          SYS_restart_syscall,
          SYS_sched_yield,
          SYS_exit,
          SYS_exit_group,
      },
      allowed);
}

// Nothing of ours comes near these: whoever calls them has taken the process over.
constexpr void kill_on_hostile_calls(Filter& filter) {
  filter.return_if_any({SYS_execve, SYS_execveat, SYS_fork, SYS_vfork, SYS_clone, SYS_clone3, SYS_ptrace,
                        SYS_process_vm_readv, SYS_process_vm_writev},
                       deadly);
}

constexpr void allow_internet_sockets(Filter& filter) {
  const auto block = filter.begin_block_if_equal(SYS_socket);
  filter.load(sandbox::bpf_arg_low(0));
  filter.return_unless_any({AF_INET, AF_INET6}, refused);
  filter.load(sandbox::bpf_arg_low(1));
  filter.keep_bits(socket_type_mask);
  filter.return_unless_any({SOCK_STREAM, SOCK_DGRAM}, refused);
  filter.load(sandbox::bpf_arg_low(2));
  filter.return_unless_any({IPPROTO_IP, IPPROTO_TCP, IPPROTO_UDP}, refused);
  filter.return_now(allowed);
  filter.end_block(block);
}

constexpr void allow_some_socket_options(Filter& filter) {
  const auto block = filter.begin_block_if_equal(SYS_setsockopt);
  filter.load(sandbox::bpf_arg_low(1));
  const auto socket = filter.begin_block_if_equal(SOL_SOCKET);
  filter.load(sandbox::bpf_arg_low(2));
  filter.return_unless_any({SO_LINGER, SO_SNDBUF, SO_RCVBUF, SO_KEEPALIVE}, refused);
  filter.return_now(allowed);
  filter.end_block(socket);
  filter.return_unless_equal(IPPROTO_TCP, refused);
  filter.load(sandbox::bpf_arg_low(2));
  filter.return_unless_any({TCP_NODELAY, TCP_KEEPIDLE, TCP_KEEPINTVL, TCP_KEEPCNT, TCP_USER_TIMEOUT}, refused);
  filter.return_now(allowed);
  filter.end_block(block);
}

// F_SETOWN with O_ASYNC would be a way to send signals.
constexpr void allow_descriptor_flags(Filter& filter) {
  const auto block = filter.begin_block_if_equal(SYS_fcntl);
  filter.load(sandbox::bpf_arg_low(1));
  filter.return_unless_any({F_GETFL, F_SETFL, F_GETFD, F_SETFD, F_DUPFD_CLOEXEC}, refused);
  filter.return_now(allowed);
  filter.end_block(block);
}

constexpr void allow_memory_without_code(Filter& filter) {
  for (const std::uint32_t call : {SYS_mmap, SYS_mprotect}) {
    const auto block = filter.begin_block_if_equal(call);
    filter.load(sandbox::bpf_arg_low(2));
    filter.return_if_any_bit(PROT_EXEC, refused);
    filter.return_now(allowed);
    filter.end_block(block);
  }
}

constexpr Filter assemble() {
  Filter filter;
  filter.load(sandbox::bpf_arch);
  filter.return_unless_equal(sandbox::native_audit_arch, deadly);
  filter.load(sandbox::bpf_nr);
#if defined(__x86_64__)
  filter.return_if_at_least(os::abi::x32_syscall_bit, deadly);
#endif
  allow_plain_calls(filter);
  kill_on_hostile_calls(filter);
  allow_internet_sockets(filter);
  allow_some_socket_options(filter);
  allow_descriptor_flags(filter);
  allow_memory_without_code(filter);
  filter.return_now(refused);
  filter.finish();
  return filter;
}

constexpr Filter filter_program = assemble();

Status limit_resources() {
  struct Limit {
    int resource;
    rlim_t max;
    const char* name;
  };
  const Limit limits[] = {{RLIMIT_CORE, 0, "RLIMIT_CORE"},
                          {RLIMIT_FSIZE, 0, "RLIMIT_FSIZE"},
                          {RLIMIT_DATA, gateway_memory_bytes_max, "RLIMIT_DATA"}};
  for (const Limit& limit : limits) {
    const rlimit value{limit.max, limit.max};
    if (::setrlimit(static_cast<__rlimit_resource_t>(limit.resource), &value) != 0)
      return fail_errno(std::string("confine the gateway: ") + limit.name);
  }
  return {};
}

// Started by root it would keep them all; started by anybody else there are none to drop.
Status drop_capabilities() {
  for (int capability = 0; ::prctl(PR_CAPBSET_READ, capability, 0, 0, 0) >= 0; ++capability)
    if (::prctl(PR_CAPBSET_DROP, capability, 0, 0, 0) != 0 && errno != EPERM)
      return fail_errno("confine the gateway: drop a capability");
  (void)::prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
  __user_cap_header_struct header{.version = _LINUX_CAPABILITY_VERSION_3, .pid = 0};
  __user_cap_data_struct none[_LINUX_CAPABILITY_U32S_3] = {};
  if (::syscall(SYS_capset, &header, none) != 0) return fail_errno("confine the gateway: drop the capabilities");
  return {};
}

Status refuse_files() {
  const auto outcome = sandbox::landlock_apply({});
  if (outcome.stage == sandbox::LandlockStage::done) return {};
  return fail_errno(outcome.error, std::string("confine the gateway: ") + sandbox::to_string(outcome.stage),
                    "a kernel of 5.13 or later with Landlock is needed");
}

}  // namespace

std::span<const sock_filter> gateway_filter() { return {filter_program.code().data(), filter_program.size()}; }

Status confine() {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return fail_errno("confine the gateway: no_new_privs");
  if (::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) != 0) return fail_errno("confine the gateway: not dumpable");
  TRY_STATUS(limit_resources());
  TRY_STATUS(drop_capabilities());
  TRY_STATUS(refuse_files());
  const auto filter = gateway_filter();
  if (const int error = sandbox::install_filter(filter.data(), filter.size()); error != 0)
    return fail_errno(error, "confine the gateway: system calls");
  return {};
}

}  // namespace bailey::gateway

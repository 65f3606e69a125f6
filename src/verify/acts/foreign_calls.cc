// Ways past a filter that only knows the native calls: other call conventions, rewritten calls, listeners.
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <sched.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/ptrace.h>
#include <sys/syscall.h>
#include <sys/user.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cerrno>
#include <cstddef>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

#if defined(__x86_64__)
constexpr long x32_bit = 0x40000000;
constexpr long i386_getpid = 20;

ActResult x32_call(const Arguments&) { return from_call(::syscall(x32_bit | SYS_getpid), "getpid(2) as an x32 call"); }

ActResult i386_call(const Arguments&) {
  const pid_t child = ::fork();
  if (child == 0) {
    long result = i386_getpid;
    __asm__ volatile("int $0x80" : "+a"(result) : : "memory", "r8", "r9", "r10", "r11");
    ::_exit(result > 0 ? 0 : 1);
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child) return unavailable("no child process");
  // Not seccomp's doing: a kernel without 32-bit calls.
  if (WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV) return refused(ENOSYS, "killed by signal %d", SIGSEGV);
  if (WIFSIGNALED(status)) return refused(EPERM, "killed by signal %d", WTERMSIG(status));
  return WEXITSTATUS(status) == 0 ? succeeded("getpid(2) as an i386 call") : refused(ENOSYS, "an i386 call");
}

// Since Linux 4.8 the filter sees the call after the tracer: before, it saw the harmless one.
ActResult rewritten_call(const Arguments&) {
  const pid_t child = ::fork();
  if (child == 0) {
    ::ptrace(PTRACE_TRACEME, 0, 0, 0);
    ::raise(SIGSTOP);
    const long result = ::syscall(SYS_getpgid, CLONE_NEWUSER);
    ::_exit(result == 0 ? 0 : 1 + errno);  // unshare(2) returns 0; getpgid(2) of such a process ESRCH
  }
  int status = 0;
  if (child < 0 || ::waitpid(child, &status, 0) != child || !WIFSTOPPED(status)) return unavailable("ptrace(2) failed");
  ::ptrace(PTRACE_SETOPTIONS, child, 0, PTRACE_O_EXITKILL | PTRACE_O_TRACESYSGOOD);
  bool rewritten = false;
  while (::ptrace(PTRACE_SYSCALL, child, 0, 0) == 0 && ::waitpid(child, &status, 0) == child && WIFSTOPPED(status)) {
    user_regs_struct registers{};
    if (rewritten || ::ptrace(PTRACE_GETREGS, child, 0, &registers) != 0) continue;
    if (registers.orig_rax != SYS_getpgid) continue;
    registers.orig_rax = SYS_unshare;
    rewritten = ::ptrace(PTRACE_SETREGS, child, 0, &registers) == 0;
  }
  if (!rewritten || !WIFEXITED(status)) return unavailable("the call could not be rewritten");
  if (WEXITSTATUS(status) == 0) return succeeded("getpgid(2) rewritten to unshare(CLONE_NEWUSER)");
  return refused(WEXITSTATUS(status) - 1, "unshare(CLONE_NEWUSER) behind getpgid(2)");
}
#else
ActResult x32_call(const Arguments&) { return unavailable("x86-64 only"); }
ActResult i386_call(const Arguments&) { return unavailable("x86-64 only"); }
ActResult rewritten_call(const Arguments&) { return unavailable("x86-64 only"); }
#endif

ActResult listener(const Arguments&) {
  sock_filter allow[] = {BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW)};
  const sock_fprog program{1, allow};
  ::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0);
  return from_call(::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program),
                   "seccomp(2) with SECCOMP_FILTER_FLAG_NEW_LISTENER");
}

constexpr const char* x32 = "Kernel: x32 system calls";
constexpr const char* races = "Kernel: seccomp-notify races";
constexpr Act acts[] = {
    {"x32-call", 9, x32, Layer::seccomp, Control::outside_user, "", "the same calls under numbers with another bit",
     x32_call},
    {"i386-call", 9, x32, Layer::seccomp, Control::outside_user, "", "the same calls under the numbers of 32-bit x86",
     i386_call},
    {"rewritten-call", 9, races, Layer::seccomp, Control::outside_user, "",
     "a tracer swaps the call after the filter let it pass", rewritten_call},
    {"seccomp-listener", 9, races, Layer::seccomp, Control::outside_user, "", "answers calls in the supervisor's place",
     listener},
};

}  // namespace

std::span<const Act> foreign_call_acts() { return acts; }

}  // namespace bailey::verify

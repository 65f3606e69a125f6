// What administers the machine: nobody inside may, and most of it needs root outside as well. Every call that could do
// harm is made with arguments that cannot work, and the kernel's answer tells whether it would have been permitted.
#include <sys/klog.h>
#include <sys/mount.h>
#include <sys/swap.h>
#include <sys/syscall.h>
#include <sys/timex.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>
#if defined(__x86_64__)
#include <sys/io.h>
#endif

#include <cerrno>
#include <cstring>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr const char* nowhere = "/nonexistent/bailey-probe";
constexpr int invalid[] = {EINVAL, EFAULT, ENOEXEC, ENOENT, ENOTBLK};

ActResult load_module(const Arguments&) {
  return from_useless_call(::syscall(SYS_init_module, "", 0, ""), invalid, "init_module(2)");
}

ActResult load_kernel(const Arguments&) {
  constexpr unsigned long no_such_flags = 0xdead;
  return from_useless_call(::syscall(SYS_kexec_load, 0, 0, nullptr, no_such_flags), invalid, "kexec_load(2)");
}

ActResult restart_machine(const Arguments&) {
  constexpr int wrong_magic = 1;
  return from_useless_call(::syscall(SYS_reboot, wrong_magic, wrong_magic, 0, nullptr), invalid, "reboot(2)");
}

ActResult swap_on(const Arguments&) { return from_useless_call(::swapon(nowhere, 0), invalid, "swapon(2)"); }

ActResult account(const Arguments&) { return from_useless_call(::acct(nowhere), invalid, "acct(2)"); }

ActResult kernel_log(const Arguments&) {
  constexpr int size_of_buffer = 10;  // SYSLOG_ACTION_SIZE_BUFFER
  constexpr int read_all = 3;         // SYSLOG_ACTION_READ_ALL: what dmesg_restrict restricts
  char text[64];
  if (::klogctl(size_of_buffer, nullptr, 0) < 0) return refused(errno, "syslog(2)");
  return from_call(::klogctl(read_all, text, sizeof text), "syslog(2)");
}

ActResult set_clock(const Arguments&) {
  timespec now{};
  ::clock_gettime(CLOCK_REALTIME, &now);
  return from_call(::clock_settime(CLOCK_REALTIME, &now), "clock_settime(2)");
}

ActResult adjust_clock(const Arguments&) {
  timex state{};
  if (::adjtimex(&state) < 0) return refused(errno, "adjtimex(2)");
  state.modes = ADJ_FREQUENCY;  // to what it is
  return from_call(::adjtimex(&state), "adjtimex(2) of the clock's frequency");
}

ActResult set_host_name(const Arguments&) {
  utsname names{};
  ::uname(&names);
  return from_call(::sethostname(names.nodename, std::strlen(names.nodename)), "sethostname(2)");
}

ActResult set_domain_name(const Arguments&) {
  utsname names{};
  ::uname(&names);
  return from_call(::setdomainname(names.domainname, std::strlen(names.domainname)), "setdomainname(2)");
}

ActResult hang_up(const Arguments&) {
  ::setsid();  // from no terminal, so that permission is all that is asked
  return from_call(::vhangup(), "vhangup(2)");
}

ActResult ports(const Arguments&) {
#if defined(__x86_64__)
  return from_call(::iopl(3), "iopl(2)");
#else
  return unavailable("x86-64 only");
#endif
}

constexpr const char* row = "Kernel: administration";
constexpr Act acts[] = {
    {"load-module", 1, row, Layer::seccomp, Control::outside_root, "", "runs code in the kernel", load_module},
    {"kexec", 1, row, Layer::seccomp, Control::outside_root, "", "replaces the kernel", load_kernel},
    {"reboot", 1, row, Layer::seccomp, Control::outside_root, "", "stops the machine", restart_machine},
    {"swapon", 9, row, Layer::seccomp, Control::outside_root, "", "adds swap space of its own", swap_on},
    {"acct", 9, row, Layer::seccomp, Control::outside_root, "", "writes to a file of its choice as the kernel",
     account},
    {"kernel-log", 9, row, Layer::seccomp, Control::outside_root, "", "reads addresses from the kernel's log",
     kernel_log},
    {"set-clock", 7, row, Layer::seccomp, Control::outside_root, "", "falsifies the times in the audit log", set_clock},
    {"adjust-clock", 7, row, Layer::seccomp, Control::outside_root, "", "the same, slowly", adjust_clock},
    {"set-host-name", 7, row, Layer::seccomp, Control::fresh_namespaces, "", "poses as another machine", set_host_name},
    {"set-domain-name", 7, row, Layer::seccomp, Control::fresh_namespaces, "", "the same for the domain",
     set_domain_name},
    {"vhangup", 9, row, Layer::seccomp, Control::outside_root, "", "takes a terminal away from its user", hang_up},
    {"io-ports", 1, row, Layer::seccomp, Control::outside_root, "", "talks to hardware directly", ports},
};

}  // namespace

std::span<const Act> administration_acts() { return acts; }

}  // namespace bailey::verify

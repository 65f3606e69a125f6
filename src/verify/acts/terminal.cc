// Typing into the user's terminal. Tried on a terminal of our own, so that nothing is typed anywhere.
#include <fcntl.h>
#include <stdlib.h>
#include <sys/ioctl.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "verify/acts/groups.h"

namespace bailey::verify {
namespace {

constexpr unsigned long high_bit = 1UL << 32;  // the kernel's request is an unsigned int
constexpr int no_such_request[] = {ENOTTY, EINVAL};

// The slave side of a new pseudoterminal, which becomes our controlling terminal; -1: none to be had.
int own_terminal() {
  ::setsid();
  const int master = ::posix_openpt(O_RDWR | O_NOCTTY | O_CLOEXEC);
  if (master < 0 || ::grantpt(master) != 0 || ::unlockpt(master) != 0) return -1;
  char name[64];
  if (::ptsname_r(master, name, sizeof name) != 0) return -1;
  return ::open(name, O_RDWR | O_CLOEXEC);
}

ActResult inject(unsigned long request, const char* what) {
  const int terminal = own_terminal();
  if (terminal < 0) return unavailable("no pseudoterminal");
  return from_call(::syscall(SYS_ioctl, terminal, request, "x"), what);
}

ActResult type_a_key(const Arguments&) { return inject(TIOCSTI, "ioctl(TIOCSTI)"); }
ActResult type_a_key_high(const Arguments&) { return inject(TIOCSTI | high_bit, "ioctl(TIOCSTI + 2^32)"); }

ActResult console(unsigned long request, const char* what) {
  const int terminal = own_terminal();
  if (terminal < 0) return unavailable("no pseudoterminal");
  char get_shift_state = 6;
  return from_useless_call(::syscall(SYS_ioctl, terminal, request, &get_shift_state), no_such_request, what);
}

ActResult paste(const Arguments&) { return console(TIOCLINUX, "ioctl(TIOCLINUX)"); }
ActResult paste_high(const Arguments&) { return console(TIOCLINUX | high_bit, "ioctl(TIOCLINUX + 2^32)"); }

ActResult line_discipline(const Arguments&) {
  const int terminal = own_terminal();
  if (terminal < 0) return unavailable("no pseudoterminal");
  const int ordinary = 0;  // N_TTY, which it has already
  return from_call(::ioctl(terminal, TIOCSETD, &ordinary), "ioctl(TIOCSETD)");
}

constexpr const char* row = "Kernel: TIOCSTI/TIOCLINUX";
constexpr Act acts[] = {
    {"tiocsti", 1, row, Layer::seccomp, Control::outside_user, "", "types a command into the user's shell", type_a_key},
    {"tiocsti-high-bits", 1, row, Layer::seccomp, Control::outside_user, "",
     "the same past a filter that compares 64 bits (CVE-2019-10063)", type_a_key_high},
    {"tioclinux", 1, row, Layer::seccomp, Control::outside_user, "", "pastes into the user's console", paste},
    {"tioclinux-high-bits", 1, row, Layer::seccomp, Control::outside_user, "",
     "the same past a filter that compares 64 bits", paste_high},
    {"line-discipline", 9, "Kernel: attack surface", Layer::seccomp, Control::outside_user, "",
     "loads a line discipline", line_discipline},
};

}  // namespace

std::span<const Act> terminal_acts() { return acts; }

}  // namespace bailey::verify

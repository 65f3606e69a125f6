#include "sandbox/seccomp_install.h"

#include <linux/seccomp.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

namespace bailey::sandbox {

int install_filter(const sock_filter* program, std::size_t instructions) {
  if (instructions == 0 || instructions > filter_instructions_max) return EINVAL;
  // The kernel copies the program; its interface just lacks the const.
  const sock_fprog filter{static_cast<unsigned short>(instructions), const_cast<sock_filter*>(program)};
  // No flags: SPEC_ALLOW would weaken the mitigations of older kernels, TSYNC is for threads that do not exist yet.
  return ::syscall(SYS_seccomp, SECCOMP_SET_MODE_FILTER, 0, &filter) == 0 ? 0 : errno;
}

}  // namespace bailey::sandbox

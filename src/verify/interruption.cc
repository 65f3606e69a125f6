#include "verify/interruption.h"

#include <sys/signalfd.h>

namespace bailey::verify {

Result<Interruption> Interruption::hold() {
  sigset_t signals;
  sigemptyset(&signals);
  for (const int number : {SIGINT, SIGTERM, SIGHUP}) sigaddset(&signals, number);
  Interruption held;
  if (::sigprocmask(SIG_BLOCK, &signals, &held.before_) != 0) return fail_errno("hold signals back");
  held.fd_ = Fd(::signalfd(-1, &signals, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!held.fd_) {
    const auto failed = fail_errno("signalfd");
    ::sigprocmask(SIG_SETMASK, &held.before_, nullptr);
    return failed;
  }
  return held;
}

Interruption::~Interruption() {
  if (fd_) ::sigprocmask(SIG_SETMASK, &before_, nullptr);
}

}  // namespace bailey::verify

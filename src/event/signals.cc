// Signals and child exits as descriptors: signalfd(2), pidfd_open(2).
#include <sys/signalfd.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>

#include "event/loop.h"

namespace bailey::event {

Signals::Signals(Signals&& other) noexcept
    : watch_(std::move(other.watch_)),
      fd_(std::move(other.fd_)),
      newly_blocked_(std::exchange(other.newly_blocked_, {})) {}

Signals& Signals::operator=(Signals&& other) noexcept {
  if (this != &other) {
    reset();
    watch_ = std::move(other.watch_);
    fd_ = std::move(other.fd_);
    newly_blocked_ = std::exchange(other.newly_blocked_, {});
  }
  return *this;
}

void Signals::reset() {
  watch_.reset();
  fd_.reset();
  sigset_t unblock;
  sigemptyset(&unblock);
  for (const int signal : std::exchange(newly_blocked_, {})) sigaddset(&unblock, signal);
  ::pthread_sigmask(SIG_UNBLOCK, &unblock, nullptr);
}

Result<Signals> Loop::watch_signals(const std::vector<int>& signals, std::function<void(int)> on_signal) {
  Signals handle;
  sigset_t wanted;
  sigset_t before;
  sigemptyset(&wanted);
  for (const int signal : signals) sigaddset(&wanted, signal);
  ::pthread_sigmask(SIG_BLOCK, &wanted, &before);
  for (const int signal : signals)
    if (sigismember(&before, signal) == 0) handle.newly_blocked_.push_back(signal);
  handle.fd_ = std::make_shared<Fd>(::signalfd(-1, &wanted, SFD_CLOEXEC | SFD_NONBLOCK));
  if (!*handle.fd_) return fail_errno("watch signals");
  auto on_ready = [fd = handle.fd_, on_signal = std::move(on_signal)](Ready) {
    signalfd_siginfo information;
    // One a call: the callback may destroy the handle. The rest keeps the descriptor ready.
    if (::read(fd->get(), &information, sizeof information) == sizeof information)
      on_signal(static_cast<int>(information.ssi_signo));
  };
  handle.watch_ = std::make_unique<Watch>(TRY(watch(handle.fd_->get(), Interest::read, std::move(on_ready))));
  return handle;
}

Result<Watch> Loop::watch_exit(int pidfd, std::function<void()> on_exit) {
  // The descriptor stays readable after the exit. The watch is silenced first, for callbacks that reap later.
  const std::uint64_t number = last_number_ + 1;
  return watch(pidfd, Interest::read, [this, number, on_exit = std::move(on_exit)](Ready) {
    (void)set_interest(number, Interest::none);
    on_exit();
  });
}

}  // namespace bailey::event

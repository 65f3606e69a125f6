#include "os/process.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "os/files.h"

namespace bailey::os {

Child& Child::operator=(Child&& other) noexcept {
  if (this != &other) {
    end();
    pid_ = std::exchange(other.pid_, -1);
    pidfd_ = std::move(other.pidfd_);
  }
  return *this;
}

void Child::end() {
  if (pid_ <= 0) return;
  kill(SIGKILL);
  while (::waitpid(pid_, nullptr, 0) < 0 && errno == EINTR) {
  }
  pid_ = -1;
}

void Child::kill(int signal) const {
  if (pidfd_) ::syscall(SYS_pidfd_send_signal, pidfd_.get(), signal, nullptr, 0);
}

Result<int> Child::wait() {
  int status = 0;
  while (::waitpid(pid_, &status, 0) < 0)
    if (errno != EINTR) return fail_errno("wait for a child");
  pid_ = -1;
  return status;
}

Result<std::optional<int>> Child::try_wait() {
  int status = 0;
  const pid_t reaped = ::waitpid(pid_, &status, WNOHANG);
  if (reaped < 0) return fail_errno("wait for a child");
  if (reaped == 0) return std::optional<int>();
  pid_ = -1;
  return std::optional<int>(status);
}

namespace {

// Everything the child needs, made before it is there, so that it allocates nothing (signal-safety(7)).
struct Prepared {
  std::vector<char*> argv;
  std::vector<char*> environment;
  std::vector<std::pair<int, int>> fds;  // {ours, number in the child}
  int highest_target = 2;
};

std::vector<char*> pointers(const std::vector<std::string>& strings) {
  std::vector<char*> list;
  list.reserve(strings.size() + 1);
  for (const auto& text : strings) list.push_back(const_cast<char*>(text.c_str()));
  list.push_back(nullptr);
  return list;
}

[[noreturn]] void give_up(int error_pipe, int error) {
  (void)!::write(error_pipe, &error, sizeof error);
  ::_exit(127);
}

void arrange_descriptors(const Prepared& prepared, int error_pipe) {
  // First out of the way of every target number, then into place: sources and targets may overlap.
  int moved[64];
  const std::size_t count = std::min(prepared.fds.size(), std::size(moved));
  for (std::size_t i = 0; i < count; ++i) {
    moved[i] = ::fcntl(prepared.fds[i].first, F_DUPFD_CLOEXEC, prepared.highest_target + 8);
    if (moved[i] < 0) give_up(error_pipe, errno);
  }
  for (std::size_t i = 0; i < count; ++i)
    if (::dup2(moved[i], prepared.fds[i].second) < 0) give_up(error_pipe, errno);
}

[[noreturn]] void child_main(const Command& command, const Prepared& prepared, pid_t parent, int error_pipe) {
  ::prctl(PR_SET_PDEATHSIG, SIGKILL);
  if (::getppid() != parent) ::_exit(127);  // the parent died before prctl took effect
  // Keep the error pipe above every target number.
  const int high_error_pipe = ::fcntl(error_pipe, F_DUPFD_CLOEXEC, prepared.highest_target + 100);
  if (high_error_pipe < 0) give_up(error_pipe, errno);
  arrange_descriptors(prepared, high_error_pipe);
  for (int signal = 1; signal < NSIG; ++signal) ::signal(signal, SIG_DFL);
  sigset_t none;
  sigemptyset(&none);
  ::sigprocmask(SIG_SETMASK, &none, nullptr);
  if (!command.directory.empty() && ::chdir(command.directory.c_str()) != 0) give_up(high_error_pipe, errno);
  // Descriptors that were opened without CLOEXEC by a library must not leak either.
  ::syscall(SYS_close_range, static_cast<unsigned>(prepared.highest_target + 1), ~0U, 4U /* CLOSE_RANGE_CLOEXEC */);
  if (command.before_exec)
    if (const int error = command.before_exec(); error != 0) give_up(high_error_pipe, error);
  ::execve(prepared.argv[0], prepared.argv.data(), prepared.environment.data());
  give_up(high_error_pipe, errno);
}

// All signals, until the end of the scope.
class BlockedSignals {
 public:
  BlockedSignals() {
    sigset_t all;
    sigfillset(&all);
    ::pthread_sigmask(SIG_SETMASK, &all, &before_);
  }
  BlockedSignals(const BlockedSignals&) = delete;
  BlockedSignals& operator=(const BlockedSignals&) = delete;
  ~BlockedSignals() { ::pthread_sigmask(SIG_SETMASK, &before_, nullptr); }

 private:
  sigset_t before_{};
};

// vfork(2): a copy of our page tables, and a fault for each page that we write afterwards, cost more than all the rest
// of a start. The child has our memory until it executes: it changes nothing in it, and no handler of ours runs there.
[[nodiscard]] pid_t start(const Command& command, const Prepared& prepared, int error_pipe) {
  const BlockedSignals blocked;
  const pid_t parent = ::getpid();
  const pid_t pid = command.changes_user ? ::fork() : ::vfork();
  if (pid == 0) child_main(command, prepared, parent, error_pipe);
  return pid;
}

}  // namespace

Result<Child> spawn(const Command& command) {
  const Fd null = TRY(open_file("/dev/null", O_RDWR));
  Prepared prepared{pointers(command.argv), pointers(command.environment), {}, 2};
  const int standard[] = {command.stdin_fd, command.stdout_fd, command.stderr_fd};
  for (int number = 0; number < 3; ++number)
    prepared.fds.emplace_back(standard[number] < 0 ? null.get() : standard[number], number);
  for (const auto& [ours, number] : command.extra_fds) {
    prepared.fds.emplace_back(ours, number);
    prepared.highest_target = std::max(prepared.highest_target, number);
  }
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  const Fd errors_read(ends[0]);
  Fd errors_write(ends[1]);
  const pid_t pid = start(command, prepared, errors_write.get());
  if (pid < 0) return fail_errno("vfork");
  errors_write.reset();
  Child child(pid, Fd(static_cast<int>(::syscall(SYS_pidfd_open, pid, 0))));
  int error = 0;
  ssize_t count = 0;
  while ((count = ::read(errors_read.get(), &error, sizeof error)) < 0 && errno == EINTR) {
  }
  if (count == sizeof error) return fail_errno(error, "start '" + command.argv[0] + "'");
  return child;
}

int shell_status(int wait_status) {
  return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}

namespace {

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

constexpr std::size_t pipe_bytes = 64 << 10;  // pipe(7): what fits into one

// One turn of draining an output through a buffer. False at its end.
Result<bool> drain(int fd, std::string& into, std::size_t bytes_max, std::span<char> buffer) {
  const ssize_t count = ::read(fd, buffer.data(), buffer.size());
  if (count < 0) return errno == EINTR || errno == EAGAIN ? Result<bool>(true) : fail_errno("read");
  if (into.size() + static_cast<std::size_t>(count) > bytes_max) return fail("read output", "more than the limit");
  into.append(buffer.data(), static_cast<std::size_t>(count));
  return count > 0;
}

}  // namespace

Result<Output> run(const Command& command, std::string_view input, std::chrono::milliseconds limit,
                   std::size_t bytes_max, std::size_t output_bytes_expected) {
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  Pipe in = TRY(make_pipe());
  Command wired = command;
  wired.stdin_fd = in.read.get();
  wired.stdout_fd = out.write.get();
  wired.stderr_fd = err.write.get();
  Child child = TRY(spawn(wired));
  in.read.reset();
  out.write.reset();
  err.write.reset();
  if (input.empty()) in.write.reset();
  else ::fcntl(in.write.get(), F_SETFL, O_NONBLOCK);
  Output output;
  output.out.reserve(std::min(output_bytes_expected, bytes_max));
  std::vector<char> buffer(pipe_bytes);
  const auto deadline = std::chrono::steady_clock::now() + limit;
  while (out.read || err.read) {
    pollfd waiting[] = {{out.read.get(), POLLIN, 0}, {err.read.get(), POLLIN, 0}, {in.write.get(), POLLOUT, 0}};
    const auto left =
        std::chrono::duration_cast<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return fail("'" + command.argv[0] + "'", "still running after its time limit");
    if (::poll(waiting, 3, static_cast<int>(std::min<long long>(left.count(), 60'000))) < 0 && errno != EINTR)
      return fail_errno("poll");
    if (waiting[0].revents != 0 && !TRY(drain(out.read.get(), output.out, bytes_max, buffer))) out.read.reset();
    if (waiting[1].revents != 0 && !TRY(drain(err.read.get(), output.err, bytes_max, buffer))) err.read.reset();
    if (waiting[2].revents != 0 && in.write) {
      const ssize_t count = ::write(in.write.get(), input.data(), input.size());
      if (count > 0) input.remove_prefix(static_cast<std::size_t>(count));
      if (input.empty() || (count < 0 && errno != EAGAIN && errno != EINTR)) in.write.reset();
    }
  }
  output.exit_status = shell_status(TRY(child.wait()));
  return output;
}

}  // namespace bailey::os

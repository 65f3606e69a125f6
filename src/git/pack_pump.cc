#include "git/pack_pump.h"

#include <fcntl.h>
#include <poll.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "base/fd.h"

namespace bailey::git {
namespace {

constexpr std::size_t chunk_bytes = 64 << 10;

int milliseconds_until(std::chrono::steady_clock::time_point deadline) {
  const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now()).count();
  return static_cast<int>(std::clamp<long long>(left, 0, 60'000));
}

bool is_transient(int error) { return error == EAGAIN || error == EINTR; }

struct Pipe {
  Fd read;
  Fd write;
};
Result<Pipe> make_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

class Pump {
 public:
  Pump(PumpJob job, Fd git_in, Fd git_out, Fd git_err)
      : job_(std::move(job)), git_in_(std::move(git_in)), git_out_(std::move(git_out)), git_err_(std::move(git_err)) {
    pending_ = std::move(job_.head);
    result_.pack_bytes = job_.pack_bytes;
    ::fcntl(git_in_.get(), F_SETFL, O_NONBLOCK);
  }

  // Until git has closed its outputs, or a limit is reached.
  Result<PumpResult> run() {
    while (git_out_ || git_err_) {
      if (std::chrono::steady_clock::now() >= job_.deadline) return end(PumpEnd::too_late);
      if (result_.pack_bytes > job_.pack_bytes_max) return end(PumpEnd::too_large);
      TRY_STATUS(turn());
    }
    return end(PumpEnd::answered);
  }

 private:
  Status turn() {
    const bool wants_more = git_in_ && pending_.empty();
    const bool has_more = git_in_ && !pending_.empty();
    pollfd waiting[] = {{wants_more ? job_.guest_in : -1, POLLIN, 0},
                        {has_more ? git_in_.get() : -1, POLLOUT, 0},
                        {git_out_.get(), POLLIN, 0},
                        {git_err_.get(), POLLIN, 0}};
    if (::poll(waiting, std::size(waiting), milliseconds_until(job_.deadline)) < 0 && errno != EINTR)
      return fail_errno("poll");
    if (waiting[0].revents != 0) read_guest();
    if (waiting[1].revents != 0) write_git();
    if (waiting[2].revents != 0) read_output(git_out_, result_.report, git_report_bytes_max);
    if (waiting[3].revents != 0) read_output(git_err_, result_.words, git_words_bytes_max);
    return {};
  }

  void read_guest() {
    pending_.resize(chunk_bytes);
    const ssize_t count = ::read(job_.guest_in, pending_.data(), pending_.size());
    const int error = errno;
    pending_.resize(static_cast<std::size_t>(std::max<ssize_t>(count, 0)));
    result_.pack_bytes += pending_.size();
    // A guest that is gone: git sees the pack end early and refuses it.
    if (count == 0 || (count < 0 && !is_transient(error))) git_in_.reset();
  }

  void write_git() {
    const ssize_t count = ::write(git_in_.get(), pending_.data(), pending_.size());
    if (count > 0) pending_.erase(0, static_cast<std::size_t>(count));
    else if (count < 0 && !is_transient(errno)) git_in_.reset();  // EPIPE: git has what it wants, or gave up
  }

  static void read_output(Fd& from, std::string& into, std::size_t bytes_max) {
    char buffer[4096];
    const ssize_t count = ::read(from.get(), buffer, sizeof buffer);
    if (count > 0) into.append(buffer, std::min(static_cast<std::size_t>(count), bytes_max - into.size()));
    else if (count == 0 || !is_transient(errno)) from.reset();
  }

  PumpResult end(PumpEnd how) {
    result_.end = how;
    return std::move(result_);
  }

  PumpJob job_;
  Fd git_in_;
  Fd git_out_;
  Fd git_err_;
  std::string pending_;
  PumpResult result_;
};

}  // namespace

Result<PumpResult> pump_pack(const GitRunner& runner, Invocation receive_pack, PumpJob job) {
  Pipe in = TRY(make_pipe());
  Pipe out = TRY(make_pipe());
  Pipe err = TRY(make_pipe());
  receive_pack.stdin_fd = in.read.get();
  receive_pack.stdout_fd = out.write.get();
  receive_pack.stderr_fd = err.write.get();
  os::Child child = TRY(runner.spawn(receive_pack));
  in.read.reset();
  out.write.reset();
  err.write.reset();
  Pump pump(std::move(job), std::move(in.write), std::move(out.read), std::move(err.read));
  PumpResult result = TRY(pump.run());
  if (result.end != PumpEnd::answered) return result;  // ~Child kills it
  if (os::shell_status(TRY(child.wait())) > 128) result.end = PumpEnd::ended_by_signal;
  return result;
}

void drain(int guest_in, std::uint64_t bytes_max, std::chrono::steady_clock::time_point deadline) {
  char buffer[chunk_bytes];
  for (std::uint64_t total = 0; total < bytes_max;) {
    pollfd waiting{guest_in, POLLIN, 0};
    if (::poll(&waiting, 1, milliseconds_until(deadline)) <= 0) return;
    const ssize_t count = ::read(guest_in, buffer, sizeof buffer);
    if (count <= 0 && (count == 0 || !is_transient(errno))) return;
    total += static_cast<std::uint64_t>(std::max<ssize_t>(count, 0));
  }
}

}  // namespace bailey::git

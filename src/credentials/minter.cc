#include "credentials/minter.h"

#include <fcntl.h>
#include <poll.h>
#include <string.h>  // NOLINT(modernize-deprecated-headers): explicit_bzero(3)
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <csignal>

#include "os/files.h"

namespace bailey::credentials {

Result<MinterRun> MinterRun::start(const MinterProgram& program, const TokenOrder& order) {
  FieldWriter text;
  encode(text, order);
  const Fd sealed = TRY(os::sealed_memory("order", text.view()));
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC) != 0) return fail_errno("pipe");
  Fd read(ends[0]);
  const Fd write(ends[1]);
  ::fcntl(read.get(), F_SETFL, O_NONBLOCK);
  const os::Command command{.argv = {program.path},
                            .environment = program.environment,
                            .directory = "/",
                            .stdout_fd = write.get(),
                            .extra_fds = {{sealed.get(), minter_order_fd}}};
  MinterRun run(TRY(os::spawn(command)), std::move(read));
  run.text_.reserve(order_answer_bytes_max + 1);  // never grows: no copy is left behind
  return run;
}

MinterRun::Progress MinterRun::read() {
  char buffer[4096];
  while (progress_ == Progress::more) {
    const ssize_t count = ::read(answer_.get(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0 && errno == EAGAIN) break;
    const bool fits = count > 0 && text_.size() + static_cast<std::size_t>(count) <= order_answer_bytes_max;
    if (fits) text_.append(buffer, static_cast<std::size_t>(count));
    else progress_ = Progress::complete;
  }
  ::explicit_bzero(buffer, sizeof buffer);
  return progress_;
}

Result<Minted> MinterRun::finish() {
  if (progress_ == Progress::more) child_.kill(SIGKILL);
  (void)child_.wait();
  if (progress_ == Progress::more) return fail("ask for a token", "it took too long", "try again later");
  auto answer = decode_answer(text_);
  wipe(text_);
  return answer;
}

Result<Minted> MinterRun::wait(SteadyTime deadline) {
  const SystemClock clock;
  while (read() == Progress::more) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - clock.steady_now()).count();
    if (left <= 0) break;
    pollfd waiting{answer_.get(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<long long>(left, 60'000))) < 0 && errno != EINTR) break;
  }
  return finish();
}

}  // namespace bailey::credentials

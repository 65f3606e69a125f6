#include "verify/trial.h"

#include <fcntl.h>
#include <poll.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>
#include <functional>
#include <optional>

#include "base/clock.h"
#include "base/text.h"
#include "json/read.h"
#include "os/files.h"

namespace bailey::verify {
namespace {

struct Pipe {
  Fd read;
  Fd write;
};

Result<Pipe> open_pipe() {
  int ends[2];
  if (::pipe2(ends, O_CLOEXEC | O_NONBLOCK) != 0) return fail_errno("pipe");
  return Pipe{Fd(ends[0]), Fd(ends[1])};
}

void drain(int fd, std::string& output) {
  char bytes[1024];
  ssize_t count = 0;
  while ((count = ::read(fd, bytes, sizeof bytes)) > 0)
    if (output.size() < trial_output_bytes_max) output.append(bytes, static_cast<std::size_t>(count));
}

enum class Wait { ended, timed_out };

// Serves until `source` is readable and `ended` says that this was the end.
Result<Wait> wait_for(int source, const std::function<Result<bool>()>& ended, const Pipe& pipe, std::string& output,
                      std::chrono::milliseconds limit, Surroundings& around) {
  const SystemClock clock;
  const auto deadline = clock.steady_now() + limit;
  while (true) {
    const auto left = std::chrono::duration_cast<std::chrono::milliseconds>(deadline - clock.steady_now());
    if (left.count() <= 0) return Wait::timed_out;
    std::vector<pollfd> polled = {{source, POLLIN, 0}, {around.interrupted, POLLIN, 0}, {pipe.read.get(), POLLIN, 0}};
    around.listeners.add_to(polled);
    if (::poll(polled.data(), polled.size(), static_cast<int>(left.count())) < 0 && errno != EINTR)
      return fail_errno("poll");
    if (polled[1].revents != 0) return fail_errno(interrupted_code, "attack the sandbox");
    drain(pipe.read.get(), output);
    for (std::size_t i = 3; i < polled.size(); ++i) around.listeners.serve(polled[i]);
    if (polled[0].revents != 0 && TRY(ended())) return Wait::ended;
  }
}

Trial timed_out() { return {Verdict::timed_out, 0, "still running after its time limit"}; }

}  // namespace

Trial read_trial(std::string_view output, int wait_status) {
  if (WIFSIGNALED(wait_status)) {
    const int number = WTERMSIG(wait_status);
    if (number == SIGSYS) return {Verdict::refused, ENOSYS, "killed by the system call filter"};
    return {Verdict::broken, 0, "killed by signal " + std::to_string(number)};
  }
  const auto line = json::read(trim(output), "bailey-probe");
  const auto* outcome = line && line->find("outcome") != nullptr ? line->find("outcome")->as_string() : nullptr;
  if (outcome == nullptr)
    return {Verdict::broken, 0, "ended with status " + std::to_string(WEXITSTATUS(wait_status)) + " and no report"};
  Trial trial;
  for (const auto verdict : {Verdict::succeeded, Verdict::refused, Verdict::unavailable})
    if (*outcome == to_string(verdict) && WEXITSTATUS(wait_status) == static_cast<int>(verdict))
      trial.verdict = verdict;
  if (const auto* detail = line->find("detail"); detail != nullptr && detail->as_string() != nullptr)
    trial.detail = *detail->as_string();
  if (const auto* error = line->find("errno"); error != nullptr)
    trial.error = static_cast<int>(error->as_int().value_or(0));
  return trial;
}

Result<Trial> try_inside(sandbox::Sandbox& sandbox, std::uint32_t id, const std::vector<std::string>& argv,
                         Surroundings& around) {
  around.listeners.forget_clients();
  auto pipe = TRY(open_pipe());
  const Fd nothing = TRY(os::open_file("/dev/null", O_RDWR));
  sandbox::CommandSpec command;
  command.id = id;
  command.argv = argv;
  command.environment = {"PATH=/usr/bin:/bin", std::string("HOME=") + sandbox::agent_home};
  command.standard[0] = nothing.get();
  command.standard[1] = pipe.write.get();
  command.standard[2] = nothing.get();
  TRY_STATUS(sandbox.start(command));
  std::optional<int> status;
  const auto ended = [&]() -> Result<bool> {
    auto event = TRY(sandbox.next_event());
    if (std::holds_alternative<sandbox::Gone>(event)) return fail("run an act", "the sandbox ended");
    if (const auto* refused = std::get_if<sandbox::Refused>(&event))
      return fail_errno(refused->error, "start '" + argv.front() + "' in the sandbox");
    const auto* end = std::get_if<sandbox::Ended>(&event);
    if (end != nullptr && end->id == id) status = end->wait_status;
    return status.has_value();
  };
  std::string output;
  if (TRY(wait_for(sandbox.control(), ended, pipe, output, trial_time_max, around)) == Wait::timed_out) {
    sandbox.signal(id, SIGKILL);
    (void)TRY(wait_for(sandbox.control(), ended, pipe, output, trial_time_max, around));
    return timed_out();
  }
  drain(pipe.read.get(), output);
  return read_trial(output, *status);
}

Result<Trial> try_outside(os::Command command, Surroundings& around) {
  around.listeners.forget_clients();
  const auto pipe = TRY(open_pipe());
  command.stdout_fd = pipe.write.get();
  auto child = os::spawn(command);
  if (!child) return Trial{Verdict::broken, child.error().code, child.error().what + ": " + child.error().why};
  const auto ended = []() -> Result<bool> { return true; };
  std::string output;
  const auto waited = TRY(wait_for(child->pidfd(), ended, pipe, output, trial_time_max, around));
  if (waited == Wait::timed_out) return timed_out();  // the Child's destructor kills it
  const int status = TRY(child->wait());
  drain(pipe.read.get(), output);
  return read_trial(output, status);
}

}  // namespace bailey::verify

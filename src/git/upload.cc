// `git fetch local`: git upload-pack on the quarantine, confined and limited, with the guest's socket as its own.
#include <poll.h>

#include <algorithm>

#include "git/quarantine.h"
#include "git/receive.h"
#include "git/ref_name.h"
#include "git/service_report.h"

namespace bailey::git {
namespace {

constexpr int idle_seconds_max = 120;

// Exit status as in shells; nullopt: past the deadline.
Result<std::optional<int>> wait_for(os::Child& child, std::chrono::steady_clock::time_point deadline) {
  while (true) {
    const auto left = std::chrono::ceil<std::chrono::milliseconds>(deadline - std::chrono::steady_clock::now());
    if (left.count() <= 0) return std::optional<int>();
    pollfd waiting{child.pidfd(), POLLIN, 0};
    if (::poll(&waiting, 1, static_cast<int>(std::min<long long>(left.count(), 60'000))) > 0)
      return std::optional(os::shell_status(TRY(child.wait())));
  }
}

}  // namespace

Result<int> serve_upload(const GitRunner& runner, const ServiceConfig& config, const ServiceFds& fds,
                         const Clock& clock) {
  const auto quarantine = TRY(open_quarantine(config.quarantine));
  Invocation upload;
  upload.git_dir = config.quarantine;
  upload.arguments = {"upload-pack", "--strict", "--timeout=" + std::to_string(idle_seconds_max), config.quarantine};
  upload.stdin_fd = fds.guest_in;
  upload.stdout_fd = fds.guest_out;
  upload.reach.read_only = quarantine.object_stores;
  auto child = TRY(runner.spawn(upload));
  const auto status = TRY(wait_for(child, clock.steady_now() + config.limits.time_max));
  ServiceReport report;
  report.op = "fetch";
  report.ref = branch_ref(config.branch);
  report.decision = ServiceDecision::allow;
  report.reason = !status ? "stopped by its time limit" : *status == 0 ? "the session's own branch" : "broken off";
  send_report(fds.report, report);
  return status == 0 ? 0 : 1;
}

}  // namespace bailey::git

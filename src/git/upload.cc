// `git fetch local` and `git fetch origin`: git upload-pack on the quarantine, confined and limited, with the guest's
// socket as its own. Of a remote the quarantine is made to hold what it has now, and its namespace is all that is
// shown.
#include <poll.h>

#include <algorithm>

#include "base/text.h"
#include "git/pkt_line.h"
#include "git/publish_report.h"
#include "git/quarantine.h"
#include "git/quarantine_lock.h"
#include "git/receive.h"
#include "git/ref_name.h"
#include "git/remote_address.h"
#include "git/remote_receive.h"
#include "git/remote_refs.h"
#include "git/service_report.h"
#include "os/files.h"

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

struct UploadJob {
  const GitRunner& runner;
  const ServiceConfig& config;
  const HostRepository& quarantine;
  const ServiceFds& fds;
  const Clock& clock;
};
Result<std::optional<int>> run_upload_pack(const UploadJob& job, std::vector<std::string> options) {
  Invocation upload;
  upload.git_dir = job.config.quarantine;
  upload.arguments = std::move(options);
  upload.arguments.insert(
      upload.arguments.end(),
      {"upload-pack", "--strict", "--timeout=" + std::to_string(idle_seconds_max), job.config.quarantine});
  upload.stdin_fd = job.fds.guest_in;
  upload.stdout_fd = job.fds.guest_out;
  upload.reach.read_only = job.quarantine.object_stores;
  auto child = TRY(job.runner.spawn(upload));
  return wait_for(child, job.clock.steady_now() + job.config.limits.time_max);
}

// The quarantine's view of the remote, brought up to date.
Status bring_up_to_date(const Guard& guard, const HostRepository& quarantine, const std::string& name) {
  if (!guard.service.refused.empty()) return fail("use " + guard.service.remote.title(), guard.service.refused);
  const auto decision = decide_remote_fetch({guard.service.remote.title(), guard.config.branch, guard.service.rules});
  if (decision.action == policy::GitAction::block || decision.action == policy::GitAction::prompt)
    return fail("fetch from " + guard.service.remote.title(),
                decision.reason.empty() ? "rule " + decision.rule + " refuses it" : decision.reason);
  TRY_STATUS(refresh_remote(guard.remote, guard.runner, quarantine, guard.service.host_git_dir, name));
  return learn_head(guard.remote, quarantine, name);
}

}  // namespace

Result<int> serve_remote_upload(const Guard& guard, const ServiceFds& fds, const Clock& clock) {
  const Fd lock = TRY(enter_quarantine(guard.config.quarantine));
  const auto quarantine = TRY(open_quarantine(guard.config.quarantine));
  const std::string name = remote_namespace(guard.service.index);
  PublishReport report{.op = "fetch", .remote = guard.service.remote.title(), .end = PublishEnd::fetched};
  if (const auto address = parse_remote_address(guard.service.remote.url)) report.label = label_of(*address);
  const auto ready = bring_up_to_date(guard, quarantine, name);
  if (!ready) {
    report.end = guard.service.refused.empty() ? PublishEnd::failed : PublishEnd::refused;
    report.reason = ready.error().what + ": " + ready.error().why;
    std::string words;
    append_pkt(words, "ERR bailey: " + visible(report.reason) + '\n');
    (void)os::write_all(fds.guest_out, words);
    (void)os::write_all(fds.report, to_line(report));
    return 0;
  }
  const auto status =
      TRY(run_upload_pack({guard.runner, guard.config, quarantine, fds, clock}, {"--namespace=" + name}));
  report.reason = !status ? "stopped by its time limit" : *status == 0 ? "a remote of this repository" : "broken off";
  if (status != 0) report.end = PublishEnd::failed;
  (void)os::write_all(fds.report, to_line(report));
  return status == 0 ? 0 : 1;
}

Result<int> serve_upload(const GitRunner& runner, const ServiceConfig& config, const ServiceFds& fds,
                         const Clock& clock) {
  const auto quarantine = TRY(open_quarantine(config.quarantine));
  // What is known of remotes is shown to whoever asks for the remote.
  const auto status =
      TRY(run_upload_pack({runner, config, quarantine, fds, clock}, {"-c", "transfer.hideRefs=refs/namespaces"}));
  ServiceReport report;
  report.op = "fetch";
  report.ref = branch_ref(config.branch);
  report.decision = ServiceDecision::allow;
  report.reason = !status ? "stopped by its time limit" : *status == 0 ? "the session's own branch" : "broken off";
  send_report(fds.report, report);
  return status == 0 ? 0 : 1;
}

}  // namespace bailey::git

// The server's end of `git push origin` and `git fetch origin`: the publishing guard.
//
// How it works: store and forward. The remote's refs are fetched into the quarantine with the host's credentials and
// shown to the client as if we were the remote. Its commands are read and checked, its pack goes into the quarantine
// (fsck, limits) under names of our own; what the push would do is computed from the objects there; the rules decide
// whether it goes on, is asked about or refused; and on yes exactly these objects are pushed to the remote, each ref
// only from the value that was shown. The client sees the outcome of each ref in git's own report.
// What it relies on: the quarantine's config is ours; the remote and its address were fixed when the session started;
// credentials stay in processes on the host (remote_runner.h).
#pragma once

#include <functional>

#include "git/publish_decision.h"
#include "git/publish_report.h"
#include "git/receive.h"
#include "git/remote_runner.h"
#include "git/remote_service.h"

namespace bailey::git {

// The review's part in a push. Without functions: nothing is looked for.
struct PushReview {
  // What deserves a look in one range of new commits, a line each, ours.
  std::function<std::vector<std::string>(const GitRunner& runner, const HostRepository& quarantine,
                                         const NewRange& range)>
      findings;
  // A text of the agent's in which no secret shows.
  std::function<std::string(std::string_view text)> masked;
};

struct Guard {
  const GitRunner& runner;
  const RemoteRunner& remote;
  const ServiceConfig& config;
  const RemoteService& service;
  PushReview review = {};
};

// `fds.report` is a socket (remote_channel.h). Returns the process's exit status.
[[nodiscard]] Result<int> serve_remote_receive(const Guard& guard, const ServiceFds& fds, const Clock& clock);
[[nodiscard]] Result<int> serve_remote_upload(const Guard& guard, const ServiceFds& fds, const Clock& clock);

// Carries out a push that was held and is approved now; who asked for it is gone. What failed stays held, so that it
// can be tried again. The report says how it went.
[[nodiscard]] Result<PublishReport> publish_held(const RemoteRunner& remote, const std::string& quarantine,
                                                 std::string_view id);

}  // namespace bailey::git

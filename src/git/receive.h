// The server's end of `git push local` and `git fetch local`.
//
// How it works: bailey itself speaks the receive-pack protocol (gitprotocol-pack(5), version 0) with the guest: it
// advertises this session's branch only, reads the ref-update commands (small, limited, fuzzed) and decides. Only then
// is `git receive-pack --stateless-rpc` started on the quarantine; it gets one command that we wrote and the pack's
// bytes, counted; its answer is read, not relayed. Then the branch lands in the host repository (landing.h).
// What it relies on: the quarantine's config is ours (fsck, limits), git's own quarantine of incoming objects, the
// runner's limits. A refusal tells the agent why and what it may do instead, in side-band lines and per ref.
#pragma once

#include <chrono>
#include <cstdint>
#include <optional>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "git/landing.h"
#include "git/runner.h"

namespace bailey::git {

struct ReceiveLimits {
  std::uint64_t pack_bytes_max = std::uint64_t{4} << 30;
  std::uint32_t pack_objects_max = 2'000'000;
  std::chrono::seconds time_max{900};
};

// Where the push goes after the quarantine.
struct LandingTarget {
  std::string host_git_dir;
};

struct ServiceConfig {
  std::string git_program;              // absolute path; find_git() of service.h
  std::string quarantine;               // path
  std::string session;                  // name
  std::string branch;                   // short name of the session's branch
  std::optional<LandingTarget> target;  // nullopt: the push stays in the quarantine (--no-push, no host repository)
  ReceiveLimits limits;
};

// Borrowed descriptors: the guest's connection and where the one-line JSON report goes (-1: nowhere).
struct ServiceFds {
  int guest_in = 0;
  int guest_out = 1;
  int report = 3;
};

// One push. Returns the exit status for the process: 0 done or refused in order, 1 broken off. The report is
// {"op":"push","ref","old","new","bytes","objects","decision":"allow"|"deny","reason", "landing":{…}|null,
//  "landing_error"}.
[[nodiscard]] Result<int> serve_receive(const GitRunner& runner, const ServiceConfig& config, const ServiceFds& fds,
                                        const Clock& clock);
// One fetch: git upload-pack on the quarantine. The report is {"op":"fetch","decision":"allow","bytes",…}.
[[nodiscard]] Result<int> serve_upload(const GitRunner& runner, const ServiceConfig& config, const ServiceFds& fds,
                                       const Clock& clock);

}  // namespace bailey::git

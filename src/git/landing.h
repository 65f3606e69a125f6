// From the quarantine into the host repository.
//
// How it works: objects first (`git pack-objects` in the quarantine, piped to `git index-pack --strict` that writes
// into the host's objects/ with our own git directory, so that no config, hook or filter of the host takes part), then
// a check that the new tip is complete there, then one compare-and-swap of a ref (refs.h). Killed at any point it
// leaves the host as it was, at most with objects nobody names; run again it goes on. Nothing on the host is ever lost:
// a tip that would no longer be reachable through the branch gets a name of its own first.
#pragma once

#include <cstdint>
#include <string>

#include "base/clock.h"
#include "base/result.h"
#include "git/quarantine.h"
#include "git/refs.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

enum class LandingKind {
  landed,     // ref now names new_tip
  unchanged,  // it did already
  contained,  // the host's branch has moved past new_tip: nothing to do
  nothing,    // the session's branch has no commit yet
};
[[nodiscard]] std::string_view name_of(LandingKind kind);

struct Landing {
  LandingKind kind = LandingKind::nothing;
  std::string ref;  // refs/heads/<branch>, or refs/bailey/<session> when the branch is checked out on the host
  Oid old_tip;      // zero: the ref is new
  Oid new_tip;
  std::uint64_t commits = 0;  // new to the ref
  std::string archived_ref;   // where old_tip was kept, when it is not part of new_tip; else empty
  std::string how_to_take;    // a command for the user; empty when there is nothing to do
};

struct LandingRequest {
  HostRepository host;
  std::string quarantine;  // path
  std::string session;     // name, for refs/bailey/<session>
  std::string branch;      // short
};

[[nodiscard]] Result<Landing> land(const GitRunner& runner, const LandingRequest& request, const Clock& clock);

// "<branch>-archived-20261124T030506Z" for a full or short name.
[[nodiscard]] std::string archive_name(std::string_view name, WallTime time);

// Gives `tip` of `ref` a second name (archive_name; a counter is added when it is taken). An archive of the same tip
// that exists is used again. Returns the full name.
[[nodiscard]] Result<std::string> archive_ref(const RefStore& refs, std::string_view ref, const Oid& tip,
                                              const Clock& clock);

}  // namespace bailey::git

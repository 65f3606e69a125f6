// What goes when a session and its branch are thrown away (`bailey discard`).
#pragma once

#include <cstdint>
#include <string>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/refs.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

struct DiscardRequest {
  HostRepository host;
  std::string quarantine;  // path
  std::string session;
  std::string agent;   // only branches below "<agent>/" are bailey's to delete
  std::string branch;  // short
};

struct Discardable {
  std::vector<Ref> refs;  // to delete in the host: the branch unless it is checked out, and refs/bailey/<session>
  bool checked_out = false;
  std::vector<std::string> unmerged;  // "1a2b3c4d5e6f subject" of commits that no other ref has, the newest first
  std::uint64_t unmerged_count = 0;
};

inline constexpr std::size_t unmerged_listed_max = 20;

// Commits that only wait in the quarantine count as well.
[[nodiscard]] Result<Discardable> find_discardable(const GitRunner& runner, const DiscardRequest& request);

}  // namespace bailey::git

// Stand-ins of secrets (placeholders that a session has in place of them) in what a push would publish: each is a
// canary, and no program has a reason to publish one.
//
// Looked for as they are, in every file of each new commit (of the newest searched_commits_max) and in their messages.
// What is encoded or packed inside a file is not found: a placeholder is worth nothing to whoever gets it.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <vector>

#include "git/publish_decision.h"
#include "git/quarantine.h"
#include "git/runner.h"

namespace bailey::git {

struct StandIn {
  std::string id;  // of the secret
  std::string text;
  friend bool operator==(const StandIn&, const StandIn&) = default;
};
inline constexpr std::size_t searched_commits_max = 500;
inline constexpr std::size_t stand_in_bytes_min = 8;
inline constexpr std::size_t stand_in_bytes_max = 512;  // of a longer one its beginning up to there

// What is looked for of `text`: its longest line. Empty: it is too short to be told from other text.
[[nodiscard]] std::string searched_part(std::string_view text);
// The first one that the range holds.
[[nodiscard]] Result<std::optional<StandIn>> find_stand_in(const GitRunner& runner, const HostRepository& quarantine,
                                                           const NewRange& range, std::span<const StandIn> stand_ins);

}  // namespace bailey::git

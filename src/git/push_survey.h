// What a push would do, from the objects in the quarantine: which commits are new to the remote, who wrote them, which
// files they touch, what each ref would lose. Runs git on the quarantine only (runner.h).
#pragma once

#include <span>
#include <string>
#include <vector>

#include "base/result.h"
#include "git/publish_decision.h"
#include "git/repository.h"
#include "git/runner.h"

namespace bailey::git {

inline constexpr std::size_t surveyed_rewrites_max =
    200;  // refs whose ancestry is looked at; the others count as force
inline constexpr std::size_t surveyed_diffs_max = 20;
inline constexpr std::size_t survey_subjects_max = 200;
inline constexpr std::size_t survey_authors_max = 20;
inline constexpr std::size_t survey_paths_max = 5'000;
inline constexpr std::size_t survey_view_bytes_max = std::size_t{48} << 10;

// `remote`: its namespace in the quarantine (remote_refs.h). Every object that `commands` name is in the quarantine.
[[nodiscard]] Result<PushSummary> survey_push(const GitRunner& runner, const HostRepository& quarantine,
                                              std::string_view remote, std::span<const PushCommand> commands);

}  // namespace bailey::git

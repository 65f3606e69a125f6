// Where the rules of a review come from.
#pragma once

#include <string>

#include "base/result.h"
#include "git/oid.h"
#include "git/repository.h"
#include "git/runner.h"
#include "review/rules.h"

namespace bailey::review {

inline constexpr const char* administrator_rules_default = "/etc/bailey/review.toml";
inline constexpr const char* user_rules_name = "review.toml";  // in $XDG_CONFIG_HOME/bailey
inline constexpr const char* project_rules_name = ".bailey-review.toml";

struct RulePaths {
  std::string administrator_file = administrator_rules_default;
  std::string user_directory;  // os::UserDirectories::config; empty: none
};

// The built-in rules, the administrator's, the user's, and the project's as commit `base` has them: never those of the
// branch under review. Absent files are nothing; files that can't be read or understood are errors, because a rule
// might be in them. `base` zero: no project rules.
[[nodiscard]] Result<RuleSet> load_rules(const RulePaths& paths, const git::GitRunner& runner,
                                         const git::HostRepository& quarantine, const git::Oid& base);

}  // namespace bailey::review

// [[rule]] tables of kind "git" of a configuration file:
//   match = { op = "push", remote = "origin", ref = "claude/*" }      each one value or several
#pragma once

#include "base/result.h"
#include "policy/git_rule.h"
#include "policy/values.h"
#include "toml/node.h"

namespace bailey::policy {

[[nodiscard]] bool is_git_rule(const toml::Node& node);
// Errors start with "file:line:column". A ref without "refs/" in front is a branch.
[[nodiscard]] Result<Given<GitRule>> read_git_rule(const toml::Node& node);
// Those of an array of rules of all kinds.
[[nodiscard]] Result<std::vector<Given<GitRule>>> read_git_rules(const toml::Node& node);

}  // namespace bailey::policy

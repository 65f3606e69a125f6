// [[rule]] tables of kind "network" and [limits.network] of a configuration file.
#pragma once

#include "base/result.h"
#include "policy/values.h"
#include "toml/node.h"

namespace bailey::policy {

// Errors start with "file:line:column". Refused: rules of another kind, unknown members, a rule that allows without
// naming a host, members that a rule which refuses has no use for.
[[nodiscard]] Result<Given<NetworkRule>> read_network_rule(const toml::Node& node);
// Rules of kind "git" are left to git_rule_file.h.
[[nodiscard]] Result<std::vector<Given<NetworkRule>>> read_network_rules(const toml::Node& node);

// `table` is [limits.network].
[[nodiscard]] Status read_network_limits(const toml::Node& table, Values& values);

}  // namespace bailey::policy

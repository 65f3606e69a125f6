// [[rule]] tables of kind "credential" of a configuration file:
//   match = { op = "ssh", name = "SHA256:…", host = "github.com" }      each one value or several
#pragma once

#include "base/result.h"
#include "policy/values.h"
#include "toml/node.h"

namespace bailey::policy {

[[nodiscard]] bool is_credential_rule(const toml::Node& node);
// Errors start with "file:line:column".
[[nodiscard]] Result<Given<CredentialRule>> read_credential_rule(const toml::Node& node);
// Those of an array of rules of all kinds.
[[nodiscard]] Result<std::vector<Given<CredentialRule>>> read_credential_rules(const toml::Node& node);

}  // namespace bailey::policy

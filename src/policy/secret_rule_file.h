// [[secret]] tables of a configuration file or an agent manifest:
//   id = "npm"  source = "env:NPM_TOKEN"  hosts = ["registry.npmjs.org"]  use = "bearer"  env = "NPM_TOKEN"
//   methods = ["GET"]  paths = ["/private/**"]  pin = false
// `header = "x-api-key"` is short for `use = "header:x-api-key"`; without an id the source's name is one.
#pragma once

#include "base/result.h"
#include "policy/values.h"
#include "toml/node.h"

namespace bailey::policy {

// "header:NAME", "bearer", "basic[:USER]", "query:NAME", "json:/POINTER", "aws".
[[nodiscard]] Result<SecretUse> parse_secret_use(std::string_view text);
[[nodiscard]] std::string to_string(const SecretUse& use);

// Everything but the source: what [[secret]] and [[token]] tables share.
[[nodiscard]] Result<SecretRule> read_use_members(const toml::Node& table);
inline constexpr std::string_view secret_use_keys[] = {"id", "hosts", "methods", "paths", "use", "env", "pin"};

// Errors start with "file:line:column". Refuses unknown keys, sources that nobody can read, hosts that are no domain
// patterns, variables that the sandbox sets itself.
[[nodiscard]] Result<Given<SecretRule>> read_secret_rule(const toml::Node& table);
[[nodiscard]] Result<std::vector<Given<SecretRule>>> read_secret_rules(const toml::Node& node);

}  // namespace bailey::policy

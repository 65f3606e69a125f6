// [[token]] tables of a configuration file: tokens minted for one session (docs/credentials.md).
//   id, hosts, methods, paths, use, env, pin   as [[secret]] tables
//   provider = "github-app"    api, app, key = SOURCE, permissions = { contents = "write" }
//   provider = "oauth-client"  token_url, revoke_url, client, key = SOURCE, scopes = […]
//   provider = "command"       mint = [argv…], revoke = [argv…]
#pragma once

#include "base/result.h"
#include "policy/values.h"
#include "toml/node.h"

namespace bailey::policy {

// Errors start with "file:line:column". Keys of another provider are errors.
[[nodiscard]] Result<Given<TokenRule>> read_token_rule(const toml::Node& table);
[[nodiscard]] Result<std::vector<Given<TokenRule>>> read_token_rules(const toml::Node& node);

}  // namespace bailey::policy

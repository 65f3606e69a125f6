// [[oauth]] tables of an agent manifest:
//   file = ".claude/.credentials.json"  access = "/claudeAiOauth/accessToken"  refresh = "/claudeAiOauth/refreshToken"
//   expires = "/claudeAiOauth/expiresAt"  unit = "milliseconds"
//   token_url = "https://…/oauth/token"  client = "…"  body = "json"
#pragma once

#include "base/result.h"
#include "policy/oauth_login.h"
#include "toml/node.h"

namespace bailey::policy {

// Errors start with "file:line:column". Refuses unknown keys, paths that leave the home directory, what is no JSON
// pointer, addresses that are not https.
[[nodiscard]] Result<OAuthLogin> read_oauth_login(const toml::Node& table);

}  // namespace bailey::policy

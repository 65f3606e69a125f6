// Tokens that are made for one session and revoked at its end, as values: [[token]] tables of the user's and the
// administrator's configuration. What is minted is used like a secret (secret_rule.h).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "policy/secret_rule.h"

namespace bailey::policy {

enum class TokenProvider { github_app, oauth_client, command };
inline constexpr std::string_view token_provider_words[] = {"github-app", "oauth-client", "command"};

struct TokenRule {
  SecretRule use;  // id, hosts, uses, variable, pinned; its source is empty
  TokenProvider provider = TokenProvider::command;
  std::string api;         // github-app: base URL of the API (https://api.github.com); oauth-client: the token endpoint
  std::string revoke_url;  // oauth-client: RFC 7009 endpoint; empty: it can't be revoked
  std::string client;      // github-app: app id; oauth-client: client id
  std::string key;         // source of the app's private key (PEM) or of the client's secret (credentials/source.h)
  std::vector<std::pair<std::string, std::string>> permissions;  // github-app: {"contents", "write"}, …
  std::vector<std::string> scopes;                               // oauth-client
  std::vector<std::string> mint;                                 // command: argv; its stdout is the token
  std::vector<std::string> revoke;  // command: argv, the token on its stdin; empty: it can't be revoked
};

inline constexpr std::size_t token_rules_max = 50;

}  // namespace bailey::policy

// Rules about what a session may do with the user's credentials, as values: [[rule]] tables of kind "credential".
//
// use: a [[secret]] or [[token]] at the gateway. get: `git credential` from inside. ssh: a signature of the user's
// ssh-agent for a login. sign: a signature under a commit. First match wins; what no rule matches is decided by
// default_action().
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::policy {

enum class CredentialOp { use, get, ssh, sign };
inline constexpr std::string_view credential_op_words[] = {"use", "get", "ssh", "sign"};

enum class CredentialAction { allow, log, prompt, block };
inline constexpr std::string_view credential_action_words[] = {"allow", "log", "prompt", "block"};

struct CredentialRule {
  std::string id;
  std::vector<CredentialOp> ops;  // empty: any
  // The secret's id, the key's fingerprint ("SHA256:…", a gpg fingerprint) or its comment; globs. Empty: any.
  std::vector<std::string> names;
  std::vector<std::string> hosts;  // domain patterns; empty: any
  CredentialAction action = CredentialAction::block;
  std::string reason;
  int tier = 0;
};

inline constexpr std::size_t credential_rules_max = 500;
inline constexpr std::size_t credential_rule_entries_max = 100;

// Secrets and tokens were configured to be used; commits of the session may be signed where the user signs their own;
// the rest needs a rule.
[[nodiscard]] constexpr CredentialAction default_action(CredentialOp op) {
  if (op == CredentialOp::use || op == CredentialOp::sign) return CredentialAction::log;
  return CredentialAction::block;
}

}  // namespace bailey::policy

// What the rules of kind "credential" leave of where a secret may be used. Pure.
//
// A secret is used many times a second, by a process that asks nobody: `prompt` can't be carried out there and means
// block. A rule that blocks a part of what a secret's pattern covers takes the whole pattern, because a pattern can't
// say "all but".
#pragma once

#include <span>
#include <string>
#include <vector>

#include "policy/credential_rule.h"
#include "policy/secret_rule.h"

namespace bailey::credentials {

struct AllowedUse {
  std::vector<std::string> hosts;  // of the secret's, those that are left
  std::string blocked_by;          // the id of the rule that took one
};
[[nodiscard]] AllowedUse allowed_use(const policy::SecretRule& secret, std::span<const policy::CredentialRule> rules);

}  // namespace bailey::credentials

// What the rules about credentials say to one use. Pure: first match wins, what nothing matches is decided by
// policy::default_action().
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "policy/credential_rule.h"

namespace bailey::credentials {

struct CredentialUse {
  policy::CredentialOp op = policy::CredentialOp::use;
  std::vector<std::string> names;  // all that the credential goes by: a fingerprint and a comment, an id
  std::string host;                // lower case; empty: it is about no host, and rules that name one don't match
  std::optional<std::uint16_t> port;
};

struct CredentialDecision {
  policy::CredentialAction action = policy::CredentialAction::block;
  std::string rule;  // its id; empty: the default
  std::string reason;
  int tier = 0;
  [[nodiscard]] bool is_blocked() const { return action == policy::CredentialAction::block; }
};

// A host pattern without a port matches any port: where a credential may go is decided by who answers there.
[[nodiscard]] CredentialDecision decide(std::span<const policy::CredentialRule> rules, const CredentialUse& use);

// Whether some host exists for which the rules would not block it. `names` empty: some credential.
[[nodiscard]] bool may_be_used(std::span<const policy::CredentialRule> rules, policy::CredentialOp op,
                               std::span<const std::string> names = {});

// "example.org" or "*.example.org", perhaps with a port.
[[nodiscard]] bool host_matches(std::string_view pattern, std::string_view host, std::optional<std::uint16_t> port);

}  // namespace bailey::credentials

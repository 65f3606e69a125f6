// What the gateway keeps of a session's secrets: each real value with the placeholder that stands for it inside, and
// where it may go. Made by the supervisor (vault.h), handed over as one sealed memfd, never written to disk.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "credentials/secret_text.h"
#include "policy/secret_rule.h"
#include "policy/token_rule.h"

namespace bailey::credentials {

struct KeptSecret {
  std::string id;
  SecretText value;
  // As long as the first value that it stood for, of the same alphabet and prefix, and different from every other one
  // (placeholder.h). For the form `aws` value and placeholder are "ACCESS_KEY_ID:SECRET_ACCESS_KEY".
  std::string placeholder;
  std::vector<std::string> hosts;  // domain patterns; empty: it may go nowhere (a canary)
  std::vector<std::string> methods;
  std::vector<std::string> paths;
  std::vector<policy::SecretUse> uses;
  bool pinned = true;
};

struct Keep {
  std::vector<KeptSecret> secrets;
};

inline constexpr std::size_t kept_secrets_max = policy::secret_rules_max + policy::token_rules_max;
inline constexpr std::size_t kept_value_bytes_max = 64 * 1024;
inline constexpr std::size_t kept_value_bytes_min = 8;  // what is shorter is found everywhere by chance

// Netstrings ("5:hello,"), so that the only copies of a value are the text itself, which its owner wipes, and the Keep.
[[nodiscard]] std::string encode(const Keep& keep);
[[nodiscard]] Result<Keep> decode_keep(std::string_view text);

}  // namespace bailey::credentials

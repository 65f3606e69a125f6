// The secrets of one session: read from their sources, each with the placeholder that stands for it inside, and a
// report of what became of each. What it makes is the Keep (keep.h) and the variables of the agent.
//
// How it works. gather() reads every source once, those that ask a program side by side. A secret that is absent or
// refused is not in the Keep, and nothing stands for it inside; the session starts without it, and the report says why.
// put() adds what comes from elsewhere: tokens that were minted, and the canaries of settings files (home_file.h).
#pragma once

#include <set>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "credentials/keep.h"
#include "credentials/read_source.h"
#include "policy/credential_rule.h"
#include "policy/secret_rule.h"

namespace bailey::credentials {

inline constexpr std::size_t helpers_at_once_max = 8;
inline constexpr std::size_t canaries_max = 200;

struct SecretReport {
  std::string id;
  std::string source;
  SourceState state = SourceState::absent;
  std::string why;  // empty for one that is present
  std::string remedy;
};

class Vault {
 public:
  // `seed`: placeholder.h.
  explicit Vault(std::string seed) : seed_(std::move(seed)) {}

  void gather(std::span<const policy::SecretRule> secrets, std::span<const policy::CredentialRule> rules,
              const SourceContext& context);
  // A secret whose value came from elsewhere. One of that id gets the new value and keeps its placeholder, which is
  // what the agent has.
  Status put(const policy::SecretRule& rule, SecretText value);
  // Something that no request may carry: it goes nowhere and is only looked for. The placeholder, which is the same
  // for the same value; empty where none can be made (the value is too short, there are too many). `path`: of the file
  // that it is from, which its id is made of.
  std::string canary(std::string_view path, std::string_view value);

  [[nodiscard]] const Keep& keep() const { return keep_; }
  [[nodiscard]] const std::vector<SecretReport>& reports() const { return reports_; }
  // "NAME", placeholder. Of several secrets with one variable the first that is present has it.
  [[nodiscard]] const std::vector<std::pair<std::string, std::string>>& variables() const { return variables_; }
  // nullptr without one.
  [[nodiscard]] const KeptSecret* find(std::string_view id) const;

 private:
  Result<std::string> new_placeholder(const KeptSecret& secret);
  void add_variables(const policy::SecretRule& rule, const std::string& placeholder);

  std::string seed_;
  Keep keep_;
  std::set<std::string> placeholders_;
  std::size_t canaries_ = 0;
  std::vector<SecretReport> reports_;
  std::vector<std::pair<std::string, std::string>> variables_;
};

// What can't be put into a request or told from chance: control characters, too long, too short.
[[nodiscard]] Status check_value(const policy::SecretRule& rule, std::string_view value);
[[nodiscard]] bool is_aws(const policy::SecretRule& rule);

// Variables that are sources of secrets.
[[nodiscard]] std::vector<std::string> secret_variables(std::span<const policy::SecretRule> secrets);

}  // namespace bailey::credentials

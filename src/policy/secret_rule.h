// Secrets that the gateway adds to requests, as values: [[secret]] tables of the user's config.toml, of the
// administrator's and of agent manifests. Nothing here holds a secret: a rule says where one comes from, where it may
// go and how. (Names of files that look like secrets are another matter: secret_names.h.)
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::policy {

// Where in a request the secret belongs. bearer and basic are forms of the Authorization header (RFC 6750, RFC 7617);
// aws is a signature of the whole request (SigV4), made anew with the real key.
enum class SecretForm { header, bearer, basic, query, json, aws };

struct SecretUse {
  SecretForm form = SecretForm::header;
  std::string name;  // header: its name; query: the parameter; json: an RFC 6901 pointer into the body; basic: the user
                     // name, empty for any; bearer, aws: empty
  friend bool operator==(const SecretUse&, const SecretUse&) = default;
};

struct SecretRule {
  std::string id;      // [a-z0-9][a-z0-9-]*, unique in a plan; what events and people call it
  std::string source;  // credentials/source.h, e.g. "env:NPM_TOKEN"
  // Where it may go. Domain patterns (domain_pattern.h), port 443 unless the pattern names one; methods empty: any;
  // paths: globs, empty: any.
  std::vector<std::string> hosts;
  std::vector<std::string> methods;
  std::vector<std::string> paths;
  std::vector<SecretUse> uses;  // at least one
  std::string variable;         // inside: holds the placeholder; empty: no variable does
  // On its hosts only this secret is accepted where it belongs: a request with another key is refused.
  bool pinned = true;
};

inline constexpr std::size_t secret_rules_max = 1000;
inline constexpr std::size_t secret_id_bytes_max = 64;
inline constexpr std::size_t secret_source_bytes_max = 1024;
inline constexpr std::size_t secret_uses_max = 8;
// "header:NAME", "bearer", "basic", "basic:USER", "query:NAME", "json:/POINTER", "aws"; by SecretForm.
inline constexpr std::string_view secret_form_words[] = {"header", "bearer", "basic", "query", "json", "aws"};

}  // namespace bailey::policy

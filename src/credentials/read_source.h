// Reads a secret from where policy/secret_source.h says it is, on the host, as the user. One file per way:
//   named_values.h    secrets: and the forms of file: that are lines of NAME=value
//   file_source.h     file:, whole or a value in it
//   helper_program.h  git-credential:, gh:, command: and keyring: ask a program
//
// What it relies on. Only the user's own configuration, the administrator's and agent manifests name sources; nothing
// in a repository does. The values are wiped where we hold them; what a parser copied on its way is not, which is why
// the supervisor can be neither traced nor dumped.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "credentials/secret_text.h"
#include "policy/secret_source.h"

namespace bailey::credentials {

enum class SourceState {
  present,
  absent,   // a variable that is not set, a file that is not there, a program that knows none: nothing is wrong
  refused,  // something is wrong, and `remedy` says what to do
};
inline constexpr std::string_view source_state_words[] = {"present", "absent", "refused"};

struct ReadSecret {
  SourceState state = SourceState::absent;
  SecretText value;  // without the white space around it
  std::string why;   // never has the value in it
  std::string remedy;
};
[[nodiscard]] ReadSecret present(std::string_view value);
[[nodiscard]] ReadSecret absent(std::string why);
[[nodiscard]] ReadSecret refused(std::string why, std::string remedy);
[[nodiscard]] ReadSecret refused(const Error& error);

struct SourceContext {
  std::string home;
  std::string config;                                            // $XDG_CONFIG_HOME/bailey
  std::vector<std::pair<std::string, std::string>> environment;  // of whoever starts the session
  // Secrets themselves: programs that are asked for one don't get the others.
  std::vector<std::string> withheld_variables;
};

inline constexpr std::string_view secrets_file_name = "mcp-secrets.env";

[[nodiscard]] ReadSecret read_source(const policy::SecretSource& source, const SourceContext& context);
// Of the text of a source, e.g. the key of a [[token]].
[[nodiscard]] ReadSecret read_source(std::string_view source, const SourceContext& context);
// It asks a program, which may take its time.
[[nodiscard]] bool asks_program(const policy::SecretSource& source);

}  // namespace bailey::credentials

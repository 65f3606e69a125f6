// Where a secret comes from, as one text:
//   env:NAME                 a variable of whoever starts the session
//   secrets:NAME             an entry of $XDG_CONFIG_HOME/bailey/mcp-secrets.env
//   file:PATH                a whole file below the home directory, without surrounding white space
//   file:PATH#/json/pointer  a string in a JSON file (RFC 6901)
//   file:PATH#key.sub        a string in a TOML file, or NAME=value in a file of such lines
//   git-credential:URL       what `git credential fill` of the host answers
//   gh:HOST                  what `gh auth token --hostname HOST` prints
//   command:PROGRAM ARG…     what a program prints; words are split at spaces, there is no shell
//   keyring:SERVICE/ACCOUNT  what `secret-tool lookup service SERVICE account ACCOUNT` prints
// Pure; credentials/read_source.h reads them.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::policy {

enum class SourceKind { env, secrets, file, git_credential, gh, command, keyring };
inline constexpr std::string_view source_kind_words[] = {"env", "secrets", "file",   "git-credential",
                                                         "gh",  "command", "keyring"};

struct SecretSource {
  SourceKind kind = SourceKind::env;
  std::string name;                // the variable, path, URL, host, program or service
  std::string selector;            // file: behind '#'; keyring: the account
  std::vector<std::string> words;  // command: argv
};

[[nodiscard]] Result<SecretSource> parse_secret_source(std::string_view text);

}  // namespace bailey::policy

// The protocol between git and its credential helpers (git-credential(1), "INPUT/OUTPUT FORMAT"), as far as a session
// speaks it: `get` for the host's own remotes. Pure.
//
// How it works. The request of the sandbox only selects one of the session's remotes; what the user's helpers are asked
// is written from that remote as the host has it, never from the request. So nothing that the agent writes reaches a
// helper.
#pragma once

#include <optional>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "credentials/secret_text.h"

namespace bailey::credentials {

inline constexpr std::size_t git_credential_bytes_max = 4096;  // a whole request
inline constexpr std::size_t git_credential_field_bytes_max = 1024;
inline constexpr std::size_t git_credential_lines_max = 32;
inline constexpr std::size_t git_answer_bytes_max = std::size_t{64} << 10;
inline constexpr std::size_t git_password_bytes_max = std::size_t{32} << 10;  // OAuth tokens can be long

struct GitCredentialRequest {
  std::string protocol;
  std::string host;      // perhaps with a port
  std::string path;      // empty: git asks by host (credential.useHttpPath is off)
  std::string username;  // empty: any
};

// Up to the empty line that ends it, or to the end of the text. Refused: anything over the limits, control characters,
// a field twice, and every field but the four above; what newer versions of git add about themselves ("capability[]",
// "wwwauth[]") is skipped.
[[nodiscard]] Result<GitCredentialRequest> parse_git_credential(std::string_view text);

// A remote of the session by http or https.
struct GitCredentialTarget {
  std::string protocol;
  std::string host;      // lower case
  std::string port;      // empty: the usual one
  std::string path;      // without leading slash
  std::string username;  // of its address on the host; may be empty
  bool operator==(const GitCredentialTarget&) const = default;

  [[nodiscard]] std::string host_and_port() const { return port.empty() ? host : host + ':' + port; }
};

// The target that the request means, compared byte by byte; with a path only that repository (".git" at the end may be
// left out), without one the first on its host. nullptr: none.
[[nodiscard]] const GitCredentialTarget* find_target(std::span<const GitCredentialTarget> targets,
                                                     const GitCredentialRequest& request);

// What `git credential fill` is given on the host.
[[nodiscard]] std::string fill_text(const GitCredentialTarget& target);

struct GitCredential {
  std::string username;
  SecretText password;
};
// Of what `git credential fill` wrote. An answer about another host or protocol than `target`'s is an error.
[[nodiscard]] Result<GitCredential> parse_fill_answer(std::string_view text, const GitCredentialTarget& target);

}  // namespace bailey::credentials

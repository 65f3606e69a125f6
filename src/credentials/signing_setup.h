// How the user signs their own commits: git-config(1), user.signingKey, gpg.format and what belongs to it. A pure
// function from the user's own configuration; the repository's could name any file of the user's as the key.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bailey::credentials {

enum class SigningFormat { none, gpg, ssh };
inline constexpr std::string_view signing_format_words[] = {"none", "gpg", "ssh"};

struct SigningSetup {
  SigningFormat format = SigningFormat::none;
  std::string why;      // format none: why not
  std::string key;      // as configured: a gpg key id, a file of an ssh key, or "key::ssh-ed25519 AAAA…"
  std::string program;  // name or path; the usual one by default
};

struct SigningConfig {
  std::string gpgsign;      // commit.gpgsign
  std::string format;       // gpg.format
  std::string signing_key;  // user.signingkey
  std::string gpg_program;  // gpg.program, gpg.openpgp.program
  std::string ssh_program;  // gpg.ssh.program
  std::string identity;     // "Name <email>": what gpg chooses a key by when none is named
};
[[nodiscard]] SigningSetup signing_setup(const SigningConfig& config);

// The key itself where the setting holds it; empty: it is a file's name.
[[nodiscard]] std::string_view literal_ssh_key(std::string_view setting);

// Arguments after the program, for a payload on stdin and a signature on stdout. `key_file` for ssh.
[[nodiscard]] std::vector<std::string> signing_arguments(const SigningSetup& setup, const std::string& key_file);

// Begins and ends like a detached signature of that format, and is not too long.
[[nodiscard]] bool is_signature(SigningFormat format, std::string_view text);
inline constexpr std::size_t signature_bytes_max = std::size_t{16} << 10;

}  // namespace bailey::credentials

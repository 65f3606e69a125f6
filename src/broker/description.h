// The brokers: programs on the host that let a session use what it must not have.
//
// How it works. A line on the guest's socket (session/guest_services.h) names one of them. The supervisor starts
// `bailey-broker KIND` for that connection: the guest's socket is stdin and stdout, descriptor 3 leads to the
// supervisor (questions for a human, events for the log), descriptor 4 is a file in memory with this description. A
// broker reads what the sandbox wants (src/credentials/: parsers and decisions as pure functions), decides by the
// rules, asks a human where they say so, and lets the user's own programs do the rest: `git credential fill`, the
// ssh-agent, gpg and ssh-keygen. A description holds no secret, but the user's name at a remote's host. What it relies
// on: that nothing in the sandbox can reach the user's agents and files by another way; that the supervisor decides
// which connection gets a broker, and how many at once.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "credentials/commit_payload.h"
#include "credentials/git_credential.h"
#include "credentials/signing_setup.h"
#include "json/value.h"
#include "policy/credential_rule.h"

namespace bailey::broker {

inline constexpr int supervisor_fd = 3;
inline constexpr int description_fd = 4;
inline constexpr std::size_t description_bytes_max = std::size_t{8} << 20;

// The words on the command line; the guest's lines that lead to them.
enum class Kind { git_credential, ssh_agent, sign_gpg, sign_ssh };
inline constexpr std::string_view kind_words[] = {"git-credential", "ssh-agent", "sign-gpg", "sign-ssh"};
inline constexpr std::string_view kind_lines[] = {"git-credential get", "", "sign-commit gpg", "sign-commit ssh"};
// The protocol of ssh-agent has no room for a line. Its messages begin with their length, which is below 2^24, so with
// a zero byte; no line does.
inline constexpr char ssh_agent_first_byte = '\0';

struct Description {
  std::vector<policy::CredentialRule> rules;
  std::string refused;  // not empty: nothing that needs the network is given, and why
  std::vector<credentials::GitCredentialTarget> targets;
  credentials::Signer signer;
  credentials::SigningSetup signing;
  std::string home;       // the user's
  std::string directory;  // the session's
  std::string base;       // the commit that the session started from, in hex; zeros or empty: there was none
};

[[nodiscard]] json::Value to_json(const Description& description);
[[nodiscard]] Result<Description> description_from_json(const json::Value& value);

}  // namespace bailey::broker

// Messages of the ssh-agent protocol (draft-miller-ssh-agent; session-bind: PROTOCOL.agent of OpenSSH): the three
// requests that a session may make, and the answers. Pure; `message` is what follows the length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr std::size_t agent_request_bytes_max = std::size_t{16} << 10;  // ours; OpenSSH's own limit is 256 KiB
inline constexpr std::size_t agent_answer_bytes_max = std::size_t{256} << 10;
inline constexpr std::size_t agent_identities_max = 64;
inline constexpr std::size_t ssh_key_bytes_max = 4096;  // a public key's blob: RSA of 16,384 bits has 2 KiB
inline constexpr std::size_t ssh_signature_bytes_max = 4096;
inline constexpr std::size_t ssh_session_id_bytes_max = 64;  // SHA-512
inline constexpr std::size_t ssh_comment_bytes_max = 512;

struct ListIdentities {};
struct BindSession {
  std::string host_key;
  std::string session_id;
  std::string signature;
  enum class Purpose { login, forwarding } purpose = Purpose::login;
};
struct SignRequest {
  std::string key;
  std::string data;
  std::uint32_t flags = 0;  // 0, or which hash an RSA key uses (2: SHA-256, 4: SHA-512)
};
using AgentRequest = std::variant<ListIdentities, BindSession, SignRequest>;

// Every other message is an error: adding and removing keys, locking, smart cards, other extensions.
[[nodiscard]] Result<AgentRequest> parse_agent_request(std::string_view message);

struct SshIdentity {
  std::string key;  // blob
  std::string comment;
};
// Of SSH_AGENT_IDENTITIES_ANSWER; of more than agent_identities_max the first.
[[nodiscard]] Result<std::vector<SshIdentity>> parse_identities(std::string_view message);
// Of SSH_AGENT_SIGN_RESPONSE: the signature's blob.
[[nodiscard]] Result<std::string> parse_signature_answer(std::string_view message);

// Whole messages, with the length.
[[nodiscard]] std::string failure_message();
[[nodiscard]] std::string success_message();
[[nodiscard]] std::string identities_request();
[[nodiscard]] std::string identities_message(const std::vector<SshIdentity>& identities);
[[nodiscard]] std::string sign_request_message(const SignRequest& request);
[[nodiscard]] std::string signature_message(std::string_view signature);

}  // namespace bailey::credentials

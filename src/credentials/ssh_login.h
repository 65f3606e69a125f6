// What a key signs when somebody logs in (RFC 4252, section 7; "publickey-hostbound" in OpenSSH's PROTOCOL): the only
// thing that the ssh-agent broker ever passes on for a signature. Pure.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr std::size_t ssh_user_bytes_max = 255;

struct SshLogin {
  std::string session_id;
  std::string user;
  std::string algorithm;
  std::string key;       // blob
  std::string host_key;  // blob, of publickey-hostbound; else empty
};

// Refused: everything else, among it the preamble of signatures of files ("SSHSIG").
[[nodiscard]] Result<SshLogin> parse_ssh_login(std::string_view data);

}  // namespace bailey::credentials

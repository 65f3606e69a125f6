#include "credentials/ssh_login.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "credentials/ssh_agent_message.h"
#include "credentials/ssh_wire.h"

namespace bailey::credentials {
namespace {

constexpr std::uint8_t userauth_request = 50;
constexpr std::string_view signatures_of_files = "SSHSIG";
constexpr std::string_view algorithms[] = {
    "ssh-ed25519",  "ecdsa-sha2-nistp256", "ecdsa-sha2-nistp384",        "ecdsa-sha2-nistp521",
    "rsa-sha2-256", "rsa-sha2-512",        "sk-ssh-ed25519@openssh.com", "sk-ecdsa-sha2-nistp256@openssh.com"};

std::unexpected<Error> refuse(std::string why) { return fail("read what is to be signed", std::move(why)); }

Result<SshLogin> checked(SshLogin login) {
  if (login.session_id.empty() || login.session_id.size() > ssh_session_id_bytes_max)
    return refuse("its session id is empty or too long");
  if (login.user.empty() || login.user.size() > ssh_user_bytes_max || has_control_characters(login.user))
    return refuse("its user name is empty, too long or has control characters");
  if (std::find(std::begin(algorithms), std::end(algorithms), login.algorithm) == std::end(algorithms))
    return refuse("its algorithm is not offered");
  if (login.key.empty() || login.key.size() > ssh_key_bytes_max) return refuse("its key is empty or too long");
  return login;
}

}  // namespace

Result<SshLogin> parse_ssh_login(std::string_view data) {
  if (data.starts_with(signatures_of_files)) return refuse("it is the signature of a file, not a login");
  SshReader reader(data);
  const auto session_id = reader.string();
  if (!session_id || reader.byte() != userauth_request) return refuse("it is no login");
  const auto user = reader.string();
  if (!user || reader.string() != "ssh-connection") return refuse("it is no login to a shell or a command");
  const auto method = reader.string();
  const bool is_bound = method == "publickey-hostbound-v00@openssh.com";
  if (!is_bound && method != "publickey") return refuse("it is no login with a key");
  if (reader.boolean() != true) return refuse("it asks for no signature");
  const auto algorithm = reader.string();
  const auto key = reader.string();
  if (!algorithm || !key) return refuse("it is malformed");
  std::optional<std::string_view> host_key;
  if (is_bound && !(host_key = reader.string())) return refuse("it is malformed");
  if (is_bound && host_key->empty()) return refuse("it is bound to no host");
  if (!reader.at_end()) return refuse("something follows its end");
  return checked({std::string(*session_id), std::string(*user), std::string(*algorithm), std::string(*key),
                  std::string(host_key.value_or(""))});
}

}  // namespace bailey::credentials

#include "credentials/ssh_agent_message.h"

#include "base/text.h"
#include "credentials/ssh_wire.h"

namespace bailey::credentials {
namespace {

constexpr std::uint8_t type_failure = 5;
constexpr std::uint8_t type_success = 6;
constexpr std::uint8_t type_request_identities = 11;
constexpr std::uint8_t type_identities_answer = 12;
constexpr std::uint8_t type_sign_request = 13;
constexpr std::uint8_t type_sign_response = 14;
constexpr std::uint8_t type_extension = 27;
constexpr std::string_view session_bind = "session-bind@openssh.com";
constexpr std::uint32_t flag_sha256 = 2;
constexpr std::uint32_t flag_sha512 = 4;

std::unexpected<Error> refuse(std::string why) { return fail("read the request to the ssh-agent", std::move(why)); }
std::unexpected<Error> damaged() { return fail("read the ssh-agent's answer", "it is malformed"); }

Result<AgentRequest> parse_bind(SshReader& reader) {
  if (reader.string() != session_bind) return refuse("an extension other than session-bind");
  const auto host_key = reader.string();
  const auto session_id = reader.string();
  const auto signature = reader.string();
  const auto is_forwarding = reader.boolean();
  if (!host_key || !session_id || !signature || !is_forwarding || !reader.at_end())
    return refuse("session-bind is malformed");
  if (host_key->empty() || host_key->size() > ssh_key_bytes_max || session_id->empty() ||
      session_id->size() > ssh_session_id_bytes_max || signature->empty() ||
      signature->size() > ssh_signature_bytes_max)
    return refuse("a part of session-bind is empty or too long");
  return BindSession{std::string(*host_key), std::string(*session_id), std::string(*signature),
                     *is_forwarding ? BindSession::Purpose::forwarding : BindSession::Purpose::login};
}

Result<AgentRequest> parse_sign(SshReader& reader) {
  const auto key = reader.string();
  const auto data = reader.string();
  const auto flags = reader.number();
  if (!key || !data || !flags || !reader.at_end()) return refuse("a sign request is malformed");
  if (key->empty() || key->size() > ssh_key_bytes_max) return refuse("its key is empty or too long");
  if (*flags != 0 && *flags != flag_sha256 && *flags != flag_sha512) return refuse("its flags are unknown");
  return SignRequest{std::string(*key), std::string(*data), *flags};
}

std::string with_length(std::string_view message) {
  std::string framed;
  put_string(framed, message);
  return framed;
}

}  // namespace

Result<AgentRequest> parse_agent_request(std::string_view message) {
  if (message.size() > agent_request_bytes_max) return refuse("it is too long");
  SshReader reader(message);
  const auto type = reader.byte();
  if (!type) return refuse("it is empty");
  if (*type == type_request_identities && reader.at_end()) return ListIdentities{};
  if (*type == type_sign_request) return parse_sign(reader);
  if (*type == type_extension) return parse_bind(reader);
  return refuse("message " + std::to_string(*type) + " is not for a session");
}

Result<std::vector<SshIdentity>> parse_identities(std::string_view message) {
  SshReader reader(message);
  if (reader.byte() != type_identities_answer) return damaged();
  const auto count = reader.number();
  if (!count) return damaged();
  std::vector<SshIdentity> identities;
  for (std::uint32_t i = 0; i < *count && identities.size() < agent_identities_max; ++i) {
    const auto key = reader.string();
    const auto comment = reader.string();
    if (!key || !comment) return damaged();
    if (key->empty() || key->size() > ssh_key_bytes_max) continue;
    identities.push_back({std::string(*key), std::string(comment->substr(0, ssh_comment_bytes_max))});
  }
  return identities;
}

Result<std::string> parse_signature_answer(std::string_view message) {
  SshReader reader(message);
  if (reader.byte() != type_sign_response) return fail("sign with the ssh-agent", "the agent refused");
  const auto signature = reader.string();
  if (!signature || !reader.at_end() || signature->size() > ssh_signature_bytes_max) return damaged();
  return std::string(*signature);
}

std::string failure_message() { return with_length(std::string(1, static_cast<char>(type_failure))); }
std::string success_message() { return with_length(std::string(1, static_cast<char>(type_success))); }
std::string identities_request() { return with_length(std::string(1, static_cast<char>(type_request_identities))); }

std::string identities_message(const std::vector<SshIdentity>& identities) {
  std::string message;
  put_byte(message, type_identities_answer);
  put_number(message, static_cast<std::uint32_t>(identities.size()));
  for (const auto& identity : identities) {
    put_string(message, identity.key);
    put_string(message, identity.comment);
  }
  return with_length(message);
}

std::string sign_request_message(const SignRequest& request) {
  std::string message;
  put_byte(message, type_sign_request);
  put_string(message, request.key);
  put_string(message, request.data);
  put_number(message, request.flags);
  return with_length(message);
}

std::string signature_message(std::string_view signature) {
  std::string message;
  put_byte(message, type_sign_response);
  put_string(message, signature);
  return with_length(message);
}

}  // namespace bailey::credentials

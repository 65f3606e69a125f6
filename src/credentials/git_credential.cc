#include "credentials/git_credential.h"

#include <algorithm>
#include <utility>

#include "base/text.h"

namespace bailey::credentials {
namespace {

std::unexpected<Error> refuse(std::string why) { return fail("read the credential request", std::move(why)); }

// Bytes of a host in an address, with the brackets and colons of IPv6 and a port.
bool is_host_byte(char c) {
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_' || c == ':' || c == '[' ||
         c == ']';
}

Status take(std::string_view key, std::string_view value, GitCredentialRequest& request) {
  const std::pair<std::string_view, std::string*> fields[] = {{"protocol", &request.protocol},
                                                              {"host", &request.host},
                                                              {"path", &request.path},
                                                              {"username", &request.username}};
  for (const auto& [name, field] : fields) {
    if (name != key) continue;
    if (!field->empty()) return refuse("'" + std::string(name) + "' stands in it twice");
    if (value.empty()) return {};  // git's way of saying: none
    if (value.size() > git_credential_field_bytes_max) return refuse("'" + std::string(name) + "' is too long");
    *field = value;
    return {};
  }
  return refuse("'" + visible(key.substr(0, 32)) + "' is no field of it");
}

Result<std::pair<std::string_view, std::string_view>> key_and_value(std::string_view line) {
  const auto equals = line.find('=');
  if (equals == std::string_view::npos || equals == 0) return refuse("a line is not KEY=VALUE");
  if (has_control_characters(line)) return refuse("a line has control characters");
  return std::pair(line.substr(0, equals), line.substr(equals + 1));
}

Status check(const GitCredentialRequest& request) {
  if (request.protocol != "https" && request.protocol != "http")
    return refuse("its protocol is neither https nor http");
  if (request.host.empty() || !std::all_of(request.host.begin(), request.host.end(), is_host_byte))
    return refuse("its host is missing or not written in lower case");
  return {};
}

std::string_view without_suffix(std::string_view path) {
  if (path.size() > 4 && path.ends_with(".git")) path.remove_suffix(4);
  return path;
}

}  // namespace

Result<GitCredentialRequest> parse_git_credential(std::string_view text) {
  if (text.size() > git_credential_bytes_max) return refuse("it is too long");
  GitCredentialRequest request;
  std::size_t lines = 0;
  while (!text.empty()) {
    const auto end = text.find('\n');
    if (end == std::string_view::npos) return refuse("its last line does not end");
    const auto line = text.substr(0, end);
    text.remove_prefix(end + 1);
    if (line.empty()) break;
    if (++lines > git_credential_lines_max) return refuse("it has too many lines");
    const auto [key, value] = TRY(key_and_value(line));
    if (key == "capability[]" || key == "wwwauth[]") continue;
    TRY_STATUS(take(key, value, request));
  }
  if (!text.empty()) return refuse("something follows its end");
  TRY_STATUS(check(request));
  return request;
}

const GitCredentialTarget* find_target(std::span<const GitCredentialTarget> targets,
                                       const GitCredentialRequest& request) {
  const auto is_meant = [&](const GitCredentialTarget& target) {
    return target.protocol == request.protocol && target.host_and_port() == request.host &&
           (request.path.empty() || without_suffix(request.path) == without_suffix(target.path)) &&
           (request.username.empty() || request.username == target.username);
  };
  const auto found = std::find_if(targets.begin(), targets.end(), is_meant);
  return found == targets.end() ? nullptr : &*found;
}

std::string fill_text(const GitCredentialTarget& target) {
  std::string text =
      "protocol=" + target.protocol + "\nhost=" + target.host_and_port() + "\npath=" + target.path + '\n';
  if (!target.username.empty()) text += "username=" + target.username + '\n';
  return text + '\n';
}

Result<GitCredential> parse_fill_answer(std::string_view text, const GitCredentialTarget& target) {
  const auto bad = [](std::string why) { return fail("read the answer of the credential helpers", std::move(why)); };
  if (text.size() > git_answer_bytes_max) return bad("it is too long");
  GitCredential credential;
  for (const auto line : split(text, '\n')) {
    if (line.empty()) continue;
    const auto equals = line.find('=');
    if (equals == std::string_view::npos) return bad("a line is not KEY=VALUE");
    const auto key = line.substr(0, equals);
    const auto value = line.substr(equals + 1);
    if (key == "protocol" && value != target.protocol) return bad("it is about another protocol");
    if (key == "host" && value != target.host_and_port()) return bad("it is about another host");
    if (value.find('\0') != std::string_view::npos || value.find('\r') != std::string_view::npos)
      return bad("it has control characters");
    if (key == "username") credential.username = value.substr(0, git_credential_field_bytes_max);
    if (key != "password") continue;
    if (value.size() > git_password_bytes_max) return bad("the password is too long");
    credential.password = SecretText(value);
  }
  if (credential.username.empty() || credential.password.empty()) return bad("it has no user name or no password");
  return credential;
}

}  // namespace bailey::credentials

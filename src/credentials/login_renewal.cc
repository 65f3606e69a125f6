#include "credentials/login_renewal.h"

#include "base/clock.h"
#include "credentials/file_source.h"
#include "credentials/oauth_client.h"
#include "json/read.h"
#include "json/write.h"

namespace bailey::credentials {
namespace {

constexpr json::ReadLimits file_limits{.bytes_max = login_file_bytes_max, .depth_max = 32};
constexpr json::ReadLimits answer_limits{.bytes_max = http_answer_bytes_max, .depth_max = 16};
constexpr std::int64_t milliseconds_in_second = 1000;

SecretText token_member(const json::Value& answer, std::string_view key) {
  const auto* value = answer.find(key);
  const auto* text = value == nullptr ? nullptr : value->as_string();
  return text != nullptr && is_token(*text) ? SecretText(*text) : SecretText();
}

void put(json::Value& root, const std::string& pointer, json::Value value) {
  if (pointer.empty()) return;
  if (auto* place = find_pointer(root, pointer)) *place = std::move(value);
}

}  // namespace

HttpRequest renewal_request(const policy::OAuthLogin& where, std::string_view refresh) {
  std::vector<std::pair<std::string_view, std::string_view>> fields = {
      {"grant_type", "refresh_token"}, {"refresh_token", refresh}, {"client_id", where.client}};
  if (!where.client_secret.empty()) fields.emplace_back("client_secret", where.client_secret);
  if (!where.scope.empty()) fields.emplace_back("scope", where.scope);
  const bool as_json = where.body == policy::LoginBody::json;
  HttpRequest request{.method = "POST", .url = where.token_url, .headers = {}, .body = {}};
  request.headers.emplace_back("Accept", SecretText("application/json"));
  request.headers.emplace_back("Content-Type",
                               SecretText(as_json ? "application/json" : "application/x-www-form-urlencoded"));
  std::string body;
  if (as_json) {
    SecretDocument document{json::Value()};
    for (const auto& [name, value] : fields) document.value.set(std::string(name), std::string(value));
    body = json::write(document.value);
  } else {
    body = form_encoded(fields);
  }
  request.body = SecretText(body);
  wipe(body);
  return request;
}

Result<Renewal> parse_renewal(const HttpAnswer& answer, UnixSeconds now) {
  const std::string what = "renew a login";
  if (answer.status == 400 || answer.status == 401)
    return fail(what, oauth_error(answer), "log in again with the agent's own program, outside of a session");
  if (answer.status != 200) return fail(what, oauth_error(answer), "try again later");
  auto read = json::read(answer.body.view(), "answer", answer_limits);
  if (!read) return fail(what, "the answer is not JSON");
  const SecretDocument document(std::move(*read));
  Renewal renewal;
  renewal.access = token_member(document.value, "access_token");
  if (renewal.access.empty()) return fail(what, "the answer holds no access token");
  renewal.refresh = token_member(document.value, "refresh_token");
  renewal.id_token = token_member(document.value, "id_token");
  if (const auto* seconds = document.value.find("expires_in")) {
    const auto number = seconds->as_int();
    if (!number || *number <= 0 || *number > token_lifetime_max) return fail(what, "its expires_in makes no sense");
    renewal.expires = now + *number;
  } else {
    renewal.expires = expiry_of_web_token(renewal.access.view());
  }
  return renewal;
}

Result<std::string> renewed_text(std::string_view text, const policy::OAuthLogin& where, const Renewal& renewal,
                                 UnixSeconds now) {
  SecretDocument document(TRY(json::read(text, where.file, file_limits)));
  auto& root = document.value;
  const std::string what = "renew the login in '" + where.file + "'";
  if (text_at(root, where.access).empty()) return fail(what, "it holds no login any more");
  put(root, where.access, std::string(renewal.access.view()));
  if (!renewal.refresh.empty()) put(root, where.refresh, std::string(renewal.refresh.view()));
  if (!renewal.id_token.empty()) put(root, where.id_token, std::string(renewal.id_token.view()));
  if (renewal.expires != no_expiry)
    put(root, where.expires,
        where.unit == policy::LoginTime::milliseconds ? renewal.expires * milliseconds_in_second : renewal.expires);
  put(root, where.renewed, to_rfc3339(WallTime(std::chrono::seconds(now))));
  // A file that holds what JSON or UTF-8 can't is left alone.
  return json::write_exact(root, json::Layout::indented);
}

}  // namespace bailey::credentials

#include "credentials/login_file.h"

#include "base/clock.h"
#include "credentials/file_source.h"
#include "credentials/oauth_client.h"
#include "credentials/web_token.h"
#include "json/read.h"
#include "json/write.h"

namespace bailey::credentials {
namespace {

constexpr json::ReadLimits file_limits{.bytes_max = login_file_bytes_max, .depth_max = 32};
constexpr json::ReadLimits answer_limits{.bytes_max = http_answer_bytes_max, .depth_max = 16};
constexpr json::ReadLimits claims_limits{.bytes_max = token_bytes_max, .depth_max = 16};
constexpr std::int64_t milliseconds_in_second = 1000;

// A document with secrets in it.
struct Document {
  json::Value value;
  explicit Document(json::Value read) : value(std::move(read)) {}
  Document(Document&&) = default;
  Document& operator=(Document&&) = default;
  Document(const Document&) = delete;
  Document& operator=(const Document&) = delete;
  ~Document() { wipe(value); }
};

Result<Document> read_document(std::string_view text, std::string_view name, const json::ReadLimits& limits) {
  return Document(TRY(json::read(text, name, limits)));
}

std::string_view text_at(json::Value& root, const std::string& pointer) {
  const auto* value = pointer.empty() ? nullptr : find_pointer(root, pointer);
  const auto* text = value == nullptr ? nullptr : value->as_string();
  return text == nullptr ? std::string_view() : std::string_view(*text);
}

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

UnixSeconds expiry_of_web_token(std::string_view token) {
  const std::size_t first = token.find('.');
  if (first == std::string_view::npos || token.size() > token_bytes_max) return no_expiry;
  const std::size_t second = token.find('.', first + 1);
  if (second == std::string_view::npos) return no_expiry;
  const auto claims = from_base64url(token.substr(first + 1, second - first - 1));
  if (!claims) return no_expiry;
  const auto document = read_document(*claims, "claims", claims_limits);
  const auto* expires = document ? document->value.find("exp") : nullptr;
  const auto number = expires == nullptr ? std::nullopt : expires->as_int();
  return number && *number > 0 ? *number : no_expiry;
}

Result<std::optional<Login>> read_login(std::string_view text, const policy::OAuthLogin& where) {
  auto document = TRY(read_document(text, where.file, file_limits));
  const std::string_view access = text_at(document.value, where.access);
  const std::string_view refresh = text_at(document.value, where.refresh);
  if (access.empty()) return std::optional<Login>();
  if (!is_token(access) || (!refresh.empty() && !is_token(refresh)))
    return fail("read the login in '" + where.file + "'", "its tokens are malformed", "log in again");
  Login login{.access = SecretText(access), .refresh = SecretText(refresh)};
  if (where.expires.empty()) {
    login.expires = expiry_of_web_token(access);
  } else if (const auto* member = find_pointer(document.value, where.expires)) {
    const auto number = member->as_int();
    if (number && *number > 0)
      login.expires = where.unit == policy::LoginTime::milliseconds ? *number / milliseconds_in_second : *number;
  }
  return std::optional<Login>(std::move(login));
}

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
    Document document{json::Value()};
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
  const auto document = read_document(answer.body.view(), "answer", answer_limits);
  if (!document) return fail(what, "the answer is not JSON");
  Renewal renewal;
  renewal.access = token_member(document->value, "access_token");
  if (renewal.access.empty()) return fail(what, "the answer holds no access token");
  renewal.refresh = token_member(document->value, "refresh_token");
  renewal.id_token = token_member(document->value, "id_token");
  if (const auto* seconds = document->value.find("expires_in")) {
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
  auto document = TRY(read_document(text, where.file, file_limits));
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

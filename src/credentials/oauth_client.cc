#include "credentials/oauth_client.h"

#include <fmt/format.h>
#include <sodium/utils.h>

#include <algorithm>

#include "base/text.h"
#include "json/read.h"

namespace bailey::credentials {
namespace {

constexpr std::size_t message_bytes_max = 200;
constexpr json::ReadLimits answer_limits{.bytes_max = http_answer_bytes_max, .depth_max = 16};

// Each half is form-encoded before they are joined, RFC 6749, section 2.3.1.
SecretText basic(const OAuthClient& client) {
  std::string secret = percent_encoded(client.secret);
  std::string pair;
  pair.reserve(3 * client.id.size() + secret.size() + 1);
  pair.append(percent_encoded(client.id)).append(1, ':').append(secret);
  constexpr std::string_view scheme = "Basic ";
  std::string text(scheme.size() + sodium_base64_ENCODED_LEN(pair.size(), sodium_base64_VARIANT_ORIGINAL), '\0');
  scheme.copy(text.data(), scheme.size());
  sodium_bin2base64(text.data() + scheme.size(), text.size() - scheme.size(),
                    reinterpret_cast<const unsigned char*>(pair.data()), pair.size(), sodium_base64_VARIANT_ORIGINAL);
  text.pop_back();  // its NUL
  SecretText result(text);
  wipe(secret);
  wipe(pair);
  wipe(text);
  return result;
}

HttpRequest form_request(std::string_view url, const OAuthClient& client, std::string form) {
  HttpRequest request{.method = "POST", .url = std::string(url), .headers = {}, .body = {}};
  request.headers.emplace_back("Accept", SecretText("application/json"));
  request.headers.emplace_back("Content-Type", SecretText("application/x-www-form-urlencoded"));
  request.headers.emplace_back("Authorization", basic(client));
  request.body = SecretText(form);
  wipe(form);
  return request;
}

const std::string* text_of(const json::Value& object, std::string_view key) {
  const auto* value = object.find(key);
  return value == nullptr ? nullptr : value->as_string();
}

std::string joined(const std::vector<std::string>& scopes) {
  std::string text;
  for (const auto& scope : scopes) text.append(text.empty() ? "" : " ").append(scope);
  return text;
}

bool is_bearer(std::string_view type) {
  static constexpr std::string_view word = "bearer";
  return std::ranges::equal(type, word, [](char a, char b) { return (a | 0x20) == b; });
}

}  // namespace

std::string oauth_error(const HttpAnswer& answer) {
  std::string text = fmt::format("the server answered {}", answer.status);
  const auto body = json::read(answer.body.view(), "answer", answer_limits);
  if (!body) return text;
  for (const char* key : {"error", "error_description"})
    if (const auto* word = text_of(*body, key)) text.append(": ").append(shown_words(*word));
  return text;
}

HttpRequest client_token_request(std::string_view url, const OAuthClient& client,
                                 const std::vector<std::string>& scopes) {
  const std::string scope = joined(scopes);
  std::vector<std::pair<std::string_view, std::string_view>> fields = {{"grant_type", "client_credentials"}};
  if (!scope.empty()) fields.emplace_back("scope", scope);
  return form_request(url, client, form_encoded(fields));
}

Result<ClientToken> parse_client_token(const HttpAnswer& answer, const std::vector<std::string>& asked,
                                       UnixSeconds now) {
  const std::string what = "mint a token by client credentials";
  if (answer.status == 401 || answer.status == 400)
    return fail(what, oauth_error(answer), "check 'client', 'key' and 'scopes' of the [[token]]");
  if (answer.status != 200) return fail(what, oauth_error(answer));
  const auto body = json::read(answer.body.view(), "answer", answer_limits);
  if (!body) return fail(what, "the answer is not JSON");
  const auto* token = text_of(*body, "access_token");
  const auto* type = text_of(*body, "token_type");
  if (token == nullptr || !is_token(*token) || type == nullptr || !is_bearer(*type))
    return fail(what, "the answer holds no bearer token");
  ClientToken result;
  result.minted.token = SecretText(*token);
  if (const auto* seconds = body->find("expires_in")) {
    const auto number = seconds->as_int();
    if (!number || *number <= 0 || *number > token_lifetime_max) result.excess = "its expires_in makes no sense";
    else result.minted.expires = now + *number;
  }
  const auto* scope = body->find("scope");
  if (scope == nullptr) return result;  // section 5.1: as asked
  if (scope->as_string() == nullptr) {
    result.excess = "its scope makes no sense";
    return result;
  }
  for (const auto word : split(*scope->as_string(), ' '))
    if (!word.empty() && std::ranges::find(asked, word) == asked.end())
      result.excess = visible(fmt::format("it has the scope '{}'", word.substr(0, message_bytes_max)));
  return result;
}

HttpRequest client_revocation_request(std::string_view url, const OAuthClient& client, std::string_view token) {
  return form_request(url, client, form_encoded({{"token", token}, {"token_type_hint", "access_token"}}));
}

Status parse_client_revocation(const HttpAnswer& answer) {
  if (answer.status == 200 || answer.status == 204) return {};
  return fail("revoke the token", oauth_error(answer));
}

}  // namespace bailey::credentials

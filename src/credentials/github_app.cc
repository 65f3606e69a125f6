#include "credentials/github_app.h"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <chrono>

#include "base/text.h"
#include "base/time_text.h"
#include "credentials/web_token.h"
#include "json/read.h"
#include "json/write.h"

namespace bailey::credentials {
namespace {

constexpr UnixSeconds clock_skew_seconds = 60;
constexpr UnixSeconds jwt_seconds = 9 * 60;  // GitHub refuses more than ten
constexpr std::size_t name_bytes_max = 100;
constexpr json::ReadLimits answer_limits{.bytes_max = http_answer_bytes_max, .depth_max = 16};

std::string lower(std::string_view text) {
  std::string out(text);
  std::ranges::transform(out, out.begin(), [](char c) { return c >= 'A' && c <= 'Z' ? char(c + ('a' - 'A')) : c; });
  return out;
}

SecretText joined(std::string_view first, std::string_view second) {
  std::string text;
  text.reserve(first.size() + second.size());
  text.append(first).append(second);
  SecretText secret(text);
  wipe(text);
  return secret;
}

HttpRequest api_request(std::string_view method, std::string_view api, std::string_view path,
                        std::string_view credential) {
  while (api.ends_with('/')) api.remove_suffix(1);
  HttpRequest request{.method = std::string(method), .url = std::string(api).append(path), .headers = {}, .body = {}};
  request.headers.emplace_back("Accept", SecretText("application/vnd.github+json"));
  request.headers.emplace_back("X-GitHub-Api-Version", SecretText("2022-11-28"));
  request.headers.emplace_back("Authorization", joined("Bearer ", credential));
  return request;
}

// The API's own words, which are for people and hold no secret.
std::string message_of(const HttpAnswer& answer) {
  std::string text = fmt::format("the API answered {}", answer.status);
  const auto body = json::read(answer.body.view(), "answer", answer_limits);
  const auto* message = body ? body->find("message") : nullptr;
  if (message != nullptr && message->as_string() != nullptr)
    text.append(": ").append(shown_words(*message->as_string()));
  return text;
}

const std::string* text_of(const json::Value& object, std::string_view key) {
  const auto* value = object.find(key);
  return value == nullptr ? nullptr : value->as_string();
}

int level(std::string_view word) {
  static constexpr std::array<std::string_view, 3> words = {"read", "write", "admin"};
  const auto* const found = std::ranges::find(words, word);
  return found == words.end() ? int(words.size()) : int(found - words.begin());  // an unknown one is more than any
}

// "metadata: read" comes with every installation token.
std::string excess_permission(const json::Value& body, const Permissions& asked) {
  const auto* member = body.find("permissions");
  const auto* granted = member == nullptr ? nullptr : member->as_object();
  if (granted == nullptr) return "it does not say what it permits";
  for (const auto& [name, value] : *granted) {
    const std::string word = value.as_string() == nullptr ? "?" : *value.as_string();
    int allowed = name == "metadata" ? level("read") : -1;
    for (const auto& [asked_name, asked_word] : asked)
      if (asked_name == name) allowed = std::max(allowed, level(asked_word));
    if (level(word) > allowed || level(word) > level("admin"))
      return visible(fmt::format("it permits '{}: {}'", name.substr(0, name_bytes_max), word.substr(0, 16)));
  }
  return {};
}

std::string excess_repository(const json::Value& body, const Repository& repository) {
  const auto* selection = text_of(body, "repository_selection");
  if (selection == nullptr || *selection != "selected") return "it is good for every repository of the installation";
  const auto* member = body.find("repositories");
  const auto* list = member == nullptr ? nullptr : member->as_array();
  if (list == nullptr || list->size() != 1) return "it does not name this repository alone";
  const auto* name = text_of(list->front(), "full_name");
  const std::string wanted = lower(repository.owner + '/' + repository.name);
  if (name == nullptr || lower(*name) != wanted) return "it is good for another repository";
  return {};
}

}  // namespace

std::string jwt_signing_input(std::string_view app, UnixSeconds now) {
  json::Value claims;
  claims.set("iat", now - clock_skew_seconds);
  claims.set("exp", now + jwt_seconds);
  claims.set("iss", std::string(app));
  return to_base64url(R"({"alg":"RS256","typ":"JWT"})") + '.' + to_base64url(json::write(claims));
}

HttpRequest installation_request(std::string_view api, const Repository& repository, std::string_view jwt) {
  return api_request("GET", api, fmt::format("/repos/{}/{}/installation", repository.owner, repository.name), jwt);
}

Result<std::int64_t> parse_installation(const HttpAnswer& answer, const Repository& repository) {
  const std::string what = fmt::format("find the app's installation for {}/{}", repository.owner, repository.name);
  if (answer.status == 401)
    return fail(what, message_of(answer), "check 'app' and 'key' of the [[token]]: the key must be this app's");
  if (answer.status == 404)
    return fail(what, message_of(answer), "install the app on this repository, or remove the [[token]]");
  if (answer.status != 200) return fail(what, message_of(answer));
  const auto body = json::read(answer.body.view(), "answer", answer_limits);
  const auto* id = body ? body->find("id") : nullptr;
  const auto number = id == nullptr ? std::nullopt : id->as_int();
  if (!number || *number <= 0) return fail(what, "the answer names no installation");
  return *number;
}

HttpRequest token_request(std::string_view api, std::int64_t installation, const Repository& repository,
                          const Permissions& permissions, std::string_view jwt) {
  json::Value wanted;
  for (const auto& [name, word] : permissions) wanted.set(name, word);
  json::Value body;
  body.set("repositories", json::Array{repository.name});
  body.set("permissions", std::move(wanted));
  auto request = api_request("POST", api, fmt::format("/app/installations/{}/access_tokens", installation), jwt);
  request.headers.emplace_back("Content-Type", SecretText("application/json"));
  request.body = SecretText(json::write(body));
  return request;
}

Result<InstallationToken> parse_installation_token(const HttpAnswer& answer, const Repository& repository,
                                                   const Permissions& asked, UnixSeconds now) {
  const std::string what = fmt::format("mint a token for {}/{}", repository.owner, repository.name);
  if (answer.status == 422 || answer.status == 403)
    return fail(what, message_of(answer), "the app may not have the permissions that the [[token]] asks for");
  if (answer.status != 201) return fail(what, message_of(answer));
  auto body = json::read(answer.body.view(), "answer", answer_limits);
  if (!body) return fail(what, "the answer is not JSON");
  const auto* token = text_of(*body, "token");
  if (token == nullptr || !is_token(*token)) return fail(what, "the answer holds no token");
  InstallationToken result;
  result.minted.token = SecretText(*token);
  const auto* end = text_of(*body, "expires_at");  // "2026-11-24T03:05:06Z"
  const auto expires = end == nullptr || !end->ends_with('Z')
                           ? std::nullopt
                           : wall_time_of(end->substr(0, end->size() - 1) + ".000000Z");
  if (expires)
    result.minted.expires = std::chrono::duration_cast<std::chrono::seconds>(expires->time_since_epoch()).count();
  result.excess = excess_permission(*body, asked);
  if (result.excess.empty()) result.excess = excess_repository(*body, repository);
  if (result.excess.empty() &&
      (!expires || result.minted.expires <= now || result.minted.expires > now + token_lifetime_max))
    result.excess = "it does not say when it ends";
  return result;
}

HttpRequest revocation_request(std::string_view api, std::string_view token) {
  return api_request("DELETE", api, "/installation/token", token);
}

Status parse_revocation(const HttpAnswer& answer) {
  if (answer.status == 204 || answer.status == 401) return {};
  return fail("revoke the token", message_of(answer));
}

}  // namespace bailey::credentials

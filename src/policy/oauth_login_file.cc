#include "policy/oauth_login_file.h"

#include <fmt/format.h>

#include "base/text.h"
#include "policy/rule_fields.h"

namespace bailey::policy {
namespace {

constexpr std::size_t text_bytes_max = 1024;

Result<std::string> optional_text(const toml::Node& table, std::string_view key) {
  if (table.find(key) == nullptr) return std::string();
  return required_text(table, key, text_bytes_max);
}

Result<std::string> pointer(const toml::Node& table, std::string_view key) {
  auto text = TRY(optional_text(table, key));
  if (!text.empty() && text.front() != '/')
    return toml::fail_at(table.find(key)->position,
                         fmt::format("{} must be a JSON pointer, like /tokens/{}", key, key));
  return text;
}

Result<std::string> required_pointer(const toml::Node& table, std::string_view key) {
  TRY_STATUS(required_text(table, key, text_bytes_max));
  return pointer(table, key);
}

Result<std::string> home_file(const toml::Node& table) {
  auto path = TRY(required_text(table, "file", text_bytes_max));
  for (const auto part : split(path, '/'))
    if (part.empty() || part == "." || part == ".." || path.find('#') != std::string::npos)
      return toml::fail_at(table.find("file")->position,
                           fmt::format("file '{}' is not a plain path below the home directory", path));
  return path;
}

template <std::size_t count>
Result<std::size_t> word(const toml::Node& table, std::string_view key, const std::string_view (&words)[count],
                         std::size_t otherwise) {
  const auto* node = table.find(key);
  if (node == nullptr) return otherwise;
  return toml::expect_word(*node, words, key);
}

}  // namespace

Result<OAuthLogin> read_oauth_login(const toml::Node& table) {
  static constexpr std::string_view keys[] = {"file",    "access",    "refresh", "id_token",      "expires", "unit",
                                              "renewed", "token_url", "client",  "client_secret", "scope",   "body"};
  TRY_STATUS(toml::expect_keys(table, keys, "oauth"));
  OAuthLogin login;
  login.file = TRY(home_file(table));
  login.access = TRY(required_pointer(table, "access"));
  login.refresh = TRY(required_pointer(table, "refresh"));
  login.id_token = TRY(pointer(table, "id_token"));
  login.expires = TRY(pointer(table, "expires"));
  login.unit = static_cast<LoginTime>(TRY(word(table, "unit", login_time_words, 0)));
  login.renewed = TRY(pointer(table, "renewed"));
  login.token_url = TRY(endpoint(table, "token_url"));
  login.client = TRY(required_text(table, "client", text_bytes_max));
  login.client_secret = TRY(optional_text(table, "client_secret"));
  login.scope = TRY(optional_text(table, "scope"));
  login.body = static_cast<LoginBody>(TRY(word(table, "body", login_body_words, 1)));
  return login;
}

}  // namespace bailey::policy

// A login in a JSON file of the user's (policy/oauth_login.h): what is in it, and whether it is good still. Pure.
#pragma once

#include <optional>
#include <string_view>

#include "credentials/minted.h"
#include "json/value.h"
#include "policy/oauth_login.h"

namespace bailey::credentials {

inline constexpr std::size_t login_file_bytes_max = std::size_t{1} << 20;

struct Login {
  SecretText access;
  SecretText refresh;  // empty: it can't be renewed
  UnixSeconds expires = no_expiry;
};
// nullopt: nobody is logged in (the file has another form of login, an API key).
[[nodiscard]] Result<std::optional<Login>> read_login(std::string_view text, const policy::OAuthLogin& where);

// The `exp` of a JWT (RFC 7519), which is not verified: it only says when to ask for another one.
[[nodiscard]] UnixSeconds expiry_of_web_token(std::string_view token);
// For five minutes at least; what does not say when it ends is taken to be.
[[nodiscard]] bool is_good(const Login& login, UnixSeconds now);

// A document with secrets in it, which are overwritten in the end.
struct SecretDocument {
  json::Value value;
  explicit SecretDocument(json::Value read) : value(std::move(read)) {}
  SecretDocument(SecretDocument&&) = default;
  SecretDocument& operator=(SecretDocument&&) = default;
  SecretDocument(const SecretDocument&) = delete;
  SecretDocument& operator=(const SecretDocument&) = delete;
  ~SecretDocument();
};
// The text that a pointer leads to; empty: none.
[[nodiscard]] std::string_view text_at(json::Value& root, std::string_view pointer);

}  // namespace bailey::credentials

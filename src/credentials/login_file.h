// A login in a JSON file of the user's (policy/oauth_login.h): what is in it, the request that renews it (RFC 6749,
// section 6), and the file with what came. Pure.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "credentials/http_request.h"
#include "credentials/minted.h"
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

[[nodiscard]] HttpRequest renewal_request(const policy::OAuthLogin& where, std::string_view refresh);

struct Renewal {
  SecretText access;
  SecretText refresh;   // empty: the old one stays good
  SecretText id_token;  // empty: none came
  UnixSeconds expires = no_expiry;
};
[[nodiscard]] Result<Renewal> parse_renewal(const HttpAnswer& answer, UnixSeconds now);

// The file's text with the new tokens in place of the old ones; everything else stays, in its order.
[[nodiscard]] Result<std::string> renewed_text(std::string_view text, const policy::OAuthLogin& where,
                                               const Renewal& renewal, UnixSeconds now);

}  // namespace bailey::credentials

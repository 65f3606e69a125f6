// The renewal of a login (login.h): the request (RFC 6749, section 6), its answer, and the file with what came. Pure.
#pragma once

#include <string>
#include <string_view>

#include "credentials/http_request.h"
#include "credentials/login.h"
#include "policy/oauth_login.h"

namespace bailey::credentials {

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

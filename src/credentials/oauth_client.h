// OAuth 2.0 client credentials (RFC 6749, section 4.4, client authentication by section 2.3.1), revocation (RFC 7009).
// Pure: the requests, and what is made of the answers.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "credentials/http_request.h"
#include "credentials/minted.h"

namespace bailey::credentials {

struct OAuthClient {
  std::string_view id;
  std::string_view secret;
};

[[nodiscard]] HttpRequest client_token_request(std::string_view url, const OAuthClient& client,
                                               const std::vector<std::string>& scopes);

struct ClientToken {
  Minted minted;
  std::string excess;  // not empty: a scope that was not asked for; it must be revoked
};
[[nodiscard]] Result<ClientToken> parse_client_token(const HttpAnswer& answer, const std::vector<std::string>& asked,
                                                     UnixSeconds now);

[[nodiscard]] HttpRequest client_revocation_request(std::string_view url, const OAuthClient& client,
                                                    std::string_view token);
[[nodiscard]] Status parse_client_revocation(const HttpAnswer& answer);

// RFC 6749, section 5.2: `error` and `error_description` of an answer, for people.
[[nodiscard]] std::string oauth_error(const HttpAnswer& answer);

}  // namespace bailey::credentials

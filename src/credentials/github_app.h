// GitHub App installation tokens: docs.github.com, "Generating a JSON Web Token (JWT) for a GitHub App" and REST
// "Create an installation access token for an app". Pure: the requests, and what is made of the answers.
//
// The app's key never leaves bailey-minter. The token is asked for one repository and the permissions of the rule, and
// what comes is compared with that: an answer that grants more, or does not say what it grants, is refused.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "credentials/http_request.h"
#include "credentials/minted.h"
#include "credentials/repository.h"

namespace bailey::credentials {

// Both parts in front of the signature (RFC 7515). Valid for nine minutes; `iat` lies a minute back, as GitHub advises.
[[nodiscard]] std::string jwt_signing_input(std::string_view app, UnixSeconds now);

[[nodiscard]] HttpRequest installation_request(std::string_view api, const Repository& repository,
                                               std::string_view jwt);
[[nodiscard]] Result<std::int64_t> parse_installation(const HttpAnswer& answer, const Repository& repository);

[[nodiscard]] HttpRequest token_request(std::string_view api, std::int64_t installation, const Repository& repository,
                                        const Permissions& permissions, std::string_view jwt);

struct InstallationToken {
  Minted minted;
  std::string excess;  // not empty: what it may do that was not asked for; it must be revoked
};
[[nodiscard]] Result<InstallationToken> parse_installation_token(const HttpAnswer& answer, const Repository& repository,
                                                                 const Permissions& asked, UnixSeconds now);

[[nodiscard]] HttpRequest revocation_request(std::string_view api, std::string_view token);
// 204: revoked; 401: it was not valid any more, which is as good.
[[nodiscard]] Status parse_revocation(const HttpAnswer& answer);

}  // namespace bailey::credentials

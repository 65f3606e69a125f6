// Mints and revokes: the requests of a provider in their order, and what becomes of an answer that grants too much.
// Everything that touches the world comes in as a function, so that all of this is tested without one.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "credentials/http_request.h"
#include "credentials/token_order.h"

namespace bailey::credentials {

struct IssuerWorld {
  std::function<Result<HttpAnswer>(const HttpRequest& request)> send;
  std::function<Result<SecretText>(const std::string& source)> read_secret;
  std::function<Result<std::string>(std::string_view pem, std::string_view text)> sign;  // RS256
  // A program of the user's: its standard output, after it has ended well.
  std::function<Result<SecretText>(const std::vector<std::string>& argv, std::string_view input)> run;
  std::function<UnixSeconds()> now;
};

// A token that can do more than was asked for is revoked and refused.
[[nodiscard]] Result<Minted> carry_out(const IssuerWorld& world, const MintOrder& order);
[[nodiscard]] Status carry_out(const IssuerWorld& world, const RevokeOrder& order);

}  // namespace bailey::credentials

#include "credentials/carry_out.h"

#include "base/text.h"
#include "credentials/github_app.h"
#include "credentials/oauth_client.h"
#include "credentials/web_token.h"

namespace bailey::credentials {
namespace {

Result<SecretText> key_of(const IssuerWorld& world, const TokenIssuer& issuer, const SecretText& given) {
  return given.empty() ? world.read_secret(issuer.key) : given.copy();
}

Result<std::string> json_web_token(const IssuerWorld& world, const TokenIssuer& issuer, const SecretText& given) {
  const auto key = TRY(key_of(world, issuer, given));
  std::string token = jwt_signing_input(issuer.client, world.now());
  const std::string signature = TRY(world.sign(key.view(), token));
  return token + '.' + to_base64url(signature);
}

// It exists and we don't want it.
std::unexpected<Error> refuse(const IssuerWorld& world, const MintOrder& order, SecretText token,
                              const std::string& excess) {
  const auto& issuer = order.issuer;
  std::string why = "more was granted than asked for (" + excess + "): refused";
  if (!issuer.revokes()) why += "; it can't be revoked and ends by itself";
  else if (const auto revoked = carry_out(world, RevokeOrder{issuer, order.key.copy(), std::move(token)}); revoked)
    why += " and revoked";
  else why += ", and it could not be revoked: " + revoked.error().why;
  return fail("mint a token", why, "ask for what the server grants in the [[token]], or have it grant less");
}

Result<Minted> mint_github_app(const IssuerWorld& world, const MintOrder& order) {
  const auto& issuer = order.issuer;
  const std::string jwt = TRY(json_web_token(world, issuer, order.key));
  const auto found = TRY(world.send(installation_request(issuer.api, order.repository, jwt)));
  const auto installation = TRY(parse_installation(found, order.repository));
  const auto answer =
      TRY(world.send(token_request(issuer.api, installation, order.repository, order.permissions, jwt)));
  auto token = TRY(parse_installation_token(answer, order.repository, order.permissions, world.now()));
  if (!token.excess.empty()) return refuse(world, order, std::move(token.minted.token), token.excess);
  return std::move(token.minted);
}

Result<Minted> mint_oauth_client(const IssuerWorld& world, const MintOrder& order) {
  const auto& issuer = order.issuer;
  const auto secret = TRY(key_of(world, issuer, order.key));
  const auto answer = TRY(world.send(client_token_request(issuer.api, {issuer.client, secret.view()}, order.scopes)));
  auto token = TRY(parse_client_token(answer, order.scopes, world.now()));
  if (!token.excess.empty()) return refuse(world, order, std::move(token.minted.token), token.excess);
  return std::move(token.minted);
}

Result<Minted> mint_by_command(const IssuerWorld& world, const MintOrder& order) {
  const auto out = TRY(world.run(order.mint, {}));
  const std::string_view text = trim(out.view());
  if (!is_token(text))
    return fail("mint a token with '" + order.mint.front() + "'",
                "its output is not a token: one word of 8 to 16384 visible ASCII characters");
  return Minted{SecretText(text), no_expiry};
}

}  // namespace

Result<Minted> carry_out(const IssuerWorld& world, const MintOrder& order) {
  switch (order.issuer.provider) {
    case policy::TokenProvider::github_app:
      return mint_github_app(world, order);
    case policy::TokenProvider::oauth_client:
      return mint_oauth_client(world, order);
    case policy::TokenProvider::command:
      break;
  }
  return mint_by_command(world, order);
}

Status carry_out(const IssuerWorld& world, const RevokeOrder& order) {
  const auto& issuer = order.issuer;
  if (!issuer.revokes()) return fail("revoke the token", "its provider has no way to");
  switch (issuer.provider) {
    case policy::TokenProvider::github_app:
      return parse_revocation(TRY(world.send(revocation_request(issuer.api, order.token.view()))));
    case policy::TokenProvider::oauth_client: {
      const auto secret = TRY(key_of(world, issuer, order.key));
      const OAuthClient client{issuer.client, secret.view()};
      return parse_client_revocation(
          TRY(world.send(client_revocation_request(issuer.revoke_url, client, order.token.view()))));
    }
    case policy::TokenProvider::command:
      break;
  }
  TRY(world.run(issuer.revoke, order.token.view()));
  return {};
}

}  // namespace bailey::credentials

#include "credentials/token_order.h"

namespace bailey::credentials {
namespace {

constexpr std::string_view mint_word = "mint";
constexpr std::string_view revoke_word = "revoke";
constexpr std::string_view renew_word = "renew";
constexpr std::string_view done_word = "done";
constexpr std::string_view failed_word = "failed";

MintOrder read_mint(FieldReader& in) {
  MintOrder order{
      .issuer = read_issuer(in), .key = in.secret(), .repository = {}, .permissions = {}, .scopes = {}, .mint = {}};
  order.repository.owner = in.text();
  order.repository.name = in.text();
  const auto names = in.list();
  const auto words = in.list();
  if (names.size() != words.size()) in.refuse();
  for (std::size_t i = 0; i < names.size() && !in.failed(); ++i) order.permissions.emplace_back(names[i], words[i]);
  order.scopes = in.list();
  order.mint = in.list();
  return order;
}

void write_mint(FieldWriter& out, const MintOrder& order) {
  out.add(mint_word);
  write_fields(out, order.issuer);
  out.add(order.key.view());
  std::vector<std::string> names;
  std::vector<std::string> words;
  for (const auto& [name, word] : order.permissions) {
    names.push_back(name);
    words.push_back(word);
  }
  out.add(order.repository.owner).add(order.repository.name);
  out.add_list(names).add_list(words).add_list(order.scopes).add_list(order.mint);
}

void write_renewal(FieldWriter& out, const LoginPlace& place) {
  const auto& login = place.login;
  out.add(renew_word).add(place.path).add(place.locks).add(login.file).add(login.access).add(login.refresh);
  out.add(login.id_token).add(login.expires).add_number(static_cast<int>(login.unit)).add(login.renewed);
  out.add(login.token_url).add(login.client).add(login.client_secret).add(login.scope);
  out.add_number(static_cast<int>(login.body));
}

RenewOrder read_renewal(FieldReader& in) {
  RenewOrder order;
  order.place.path = in.text();
  order.place.locks = in.text();
  auto& login = order.place.login;
  for (std::string* text : {&login.file, &login.access, &login.refresh, &login.id_token, &login.expires})
    *text = in.text();
  login.unit = in.number() == 0 ? policy::LoginTime::seconds : policy::LoginTime::milliseconds;
  for (std::string* text : {&login.renewed, &login.token_url, &login.client, &login.client_secret, &login.scope})
    *text = in.text();
  login.body = in.number() == 0 ? policy::LoginBody::json : policy::LoginBody::form;
  return order;
}

}  // namespace

bool TokenIssuer::revokes() const {
  switch (provider) {
    case policy::TokenProvider::github_app:
      return true;
    case policy::TokenProvider::oauth_client:
      return !revoke_url.empty();
    case policy::TokenProvider::command:
      break;
  }
  return !revoke.empty();
}

TokenIssuer issuer_of(const policy::TokenRule& rule) {
  return {rule.provider, rule.api, rule.revoke_url, rule.client, rule.key, rule.revoke};
}

void write_fields(FieldWriter& out, const TokenIssuer& issuer) {
  out.add_number(static_cast<int>(issuer.provider)).add(issuer.api).add(issuer.revoke_url).add(issuer.client);
  out.add(issuer.key).add_list(issuer.revoke);
}

TokenIssuer read_issuer(FieldReader& in) {
  TokenIssuer issuer;
  const std::int64_t provider = in.number();
  if (provider < 0 || provider >= std::ssize(policy::token_provider_words)) in.refuse();
  else issuer.provider = static_cast<policy::TokenProvider>(provider);
  issuer.api = in.text();
  issuer.revoke_url = in.text();
  issuer.client = in.text();
  issuer.key = in.text();
  issuer.revoke = in.list();
  return issuer;
}

void encode(FieldWriter& out, const TokenOrder& order) {
  if (const auto* mint = std::get_if<MintOrder>(&order)) return write_mint(out, *mint);
  if (const auto* renew = std::get_if<RenewOrder>(&order)) return write_renewal(out, renew->place);
  const auto& revoke = std::get<RevokeOrder>(order);
  out.add(revoke_word);
  write_fields(out, revoke.issuer);
  out.add(revoke.key.view()).add(revoke.token.view());
}

Result<TokenOrder> decode_order(std::string_view text) {
  FieldReader in(text);
  const std::string_view word = in.next();
  TokenOrder order;
  if (word == mint_word) {
    order = read_mint(in);
  } else if (word == revoke_word) {
    RevokeOrder revoke{.issuer = read_issuer(in), .key = in.secret(), .token = {}};
    revoke.token = in.secret();
    order = std::move(revoke);
  } else if (word == renew_word) {
    order = read_renewal(in);
  } else {
    in.refuse();
  }
  TRY_STATUS(in.finish("an order"));
  return order;
}

void encode(FieldWriter& out, const Result<Minted>& answer) {
  if (answer)
    out.add(done_word)
        .add(answer->token.view())
        .add_number(answer->expires)
        .add_number(static_cast<int>(answer->freshness));
  else out.add(failed_word).add(answer.error().what).add(answer.error().why).add(answer.error().remedy);
}

Result<Minted> decode_answer(std::string_view text) {
  FieldReader in(text);
  const std::string_view word = in.next();
  if (word == failed_word) {
    Error error{in.text(), in.text(), in.text(), 0};
    TRY_STATUS(in.finish("bailey-minter's answer"));
    return std::unexpected(std::move(error));
  }
  if (word != done_word) in.refuse();
  Minted minted{.token = in.secret(), .expires = in.number()};
  const std::int64_t freshness = in.number();
  if (minted.expires < 0 || freshness < 0 || freshness > static_cast<int>(Freshness::none)) in.refuse();
  minted.freshness = static_cast<Freshness>(freshness);
  TRY_STATUS(in.finish("bailey-minter's answer"));
  return minted;
}

}  // namespace bailey::credentials

// What bailey-minter is asked to do and what it answers, as lists of fields (fields.h). An order is a sealed memfd at
// minter_order_fd, the answer comes on its standard output: nothing of either is ever an argument or a variable.
#pragma once

#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"
#include "credentials/fields.h"
#include "credentials/minted.h"
#include "credentials/renew_login.h"
#include "credentials/repository.h"
#include "policy/token_rule.h"

namespace bailey::credentials {

inline constexpr int minter_order_fd = 3;
inline constexpr std::size_t order_bytes_max = std::size_t{512} << 10;
inline constexpr std::size_t order_answer_bytes_max = std::size_t{64} << 10;

// Who makes the tokens of a rule, and how: all of it configuration, nothing of it secret. `key` says where the secret
// is (policy/secret_source.h). bailey-minter reads it there, and nobody else ever has it; only what comes from a
// variable is handed over, because variables with secrets are passed on to nobody.
struct TokenIssuer {
  policy::TokenProvider provider = policy::TokenProvider::command;
  std::string api;
  std::string revoke_url;
  std::string client;
  std::string key;
  std::vector<std::string> revoke;

  // Whether there is a way to take a token back.
  [[nodiscard]] bool revokes() const;
};
[[nodiscard]] TokenIssuer issuer_of(const policy::TokenRule& rule);
void write_fields(FieldWriter& out, const TokenIssuer& issuer);
[[nodiscard]] TokenIssuer read_issuer(FieldReader& in);

struct MintOrder {
  TokenIssuer issuer;
  SecretText key;           // empty: bailey-minter reads it where issuer.key says
  Repository repository;    // github-app
  Permissions permissions;  // github-app
  std::vector<std::string> scopes;
  std::vector<std::string> mint;
};
struct RevokeOrder {
  TokenIssuer issuer;
  SecretText key;  // as above
  SecretText token;
};
struct RenewOrder {
  LoginPlace place;
};
using TokenOrder = std::variant<MintOrder, RevokeOrder, RenewOrder>;

// The caller of encode() has the text in a FieldWriter, which wipes itself.
void encode(FieldWriter& out, const TokenOrder& order);
[[nodiscard]] Result<TokenOrder> decode_order(std::string_view text);

// An answer: a token with its end (none for a revocation), or why not.
void encode(FieldWriter& out, const Result<Minted>& answer);
[[nodiscard]] Result<Minted> decode_answer(std::string_view text);

}  // namespace bailey::credentials

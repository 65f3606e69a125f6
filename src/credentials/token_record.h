// What has to be known to take a token back, kept on disk from before it is used until it is revoked: a supervisor that
// is killed leaves it behind, and the next command of the user finds it (token_store.h).
//
// It is sealed with libsodium's secretbox (XSalsa20-Poly1305) under a key of the user's, so that a copy of the
// sessions' directory, a backup, holds no token. It does not protect against somebody who reads the key too.
#pragma once

#include <array>
#include <string>
#include <string_view>

#include "base/result.h"
#include "credentials/token_order.h"

namespace bailey::credentials {

struct TokenRecord {
  std::string session;
  std::string session_directory;  // for the event
  std::string agent;
  std::string id;  // of the [[token]]
  TokenIssuer issuer;
  UnixSeconds minted = 0;
  UnixSeconds expires = no_expiry;
  SecretText token;
};

inline constexpr std::size_t token_record_bytes_max = std::size_t{256} << 10;
inline constexpr std::size_t record_key_bytes = 32;

struct RecordKey {
  SecretText bytes;  // record_key_bytes
};

[[nodiscard]] std::string seal(const TokenRecord& record, const RecordKey& key);
// An error when it was sealed with another key, or changed.
[[nodiscard]] Result<TokenRecord> open_sealed(std::string_view sealed, const RecordKey& key);
// Of the sealed text, once it is open.
[[nodiscard]] Result<TokenRecord> parse_token_record(std::string_view text);

}  // namespace bailey::credentials

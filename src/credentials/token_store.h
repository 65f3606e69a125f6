// Records of tokens that are in use: <state>/tokens/<session>.<id>.<random> (0600), one a token.
//
// How it works. Whoever uses a token holds flock(2) on its record for as long as it lives; the kernel drops the lock
// however it dies. So a record that can be locked is one whose session is gone: the token is revoked and the record
// removed. It does not matter who does so, and two that try at once exclude each other by the same lock.
//
// What it relies on. A local file system with flock. The key, <state>/keys/tokens.key (0600), is made on first use.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "credentials/token_record.h"

namespace bailey::credentials {

// A record on disk whose lock is ours.
struct HeldRecord {
  std::string path;
  Fd lock;
};

struct AbandonedToken {
  TokenRecord record;
  HeldRecord held;
};

class TokenStore {
 public:
  // Nothing is made before the first record.
  explicit TokenStore(std::string state_directory) : state_(std::move(state_directory)) {}

  // On disk (fsync(2)) and locked when it returns.
  [[nodiscard]] Result<HeldRecord> keep(const TokenRecord& record) const;
  // The token is revoked, or has ended.
  static void remove(HeldRecord held);
  // Of sessions that are gone; `session` empty: of all. One that is named must have ended: whoever takes its tokens
  // back already is waited for. What can't be opened is left alone.
  [[nodiscard]] std::vector<AbandonedToken> abandoned(std::string_view session) const;
  // Whether there may be any: one look into a directory, for the start of every command.
  [[nodiscard]] bool is_empty() const;

 private:
  [[nodiscard]] std::string directory() const;
  [[nodiscard]] Result<RecordKey> key() const;

  std::string state_;
};

}  // namespace bailey::credentials

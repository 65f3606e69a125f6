// What git gives to a signing program for a commit: the commit object without its signature (gitformat-signature(5),
// "COMMIT SIGNATURES"). Read strictly, and checked against what is known of the session without asking the agent. Pure.
#pragma once

#include <chrono>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr std::size_t commit_payload_bytes_max = std::size_t{256} << 10;
inline constexpr std::size_t commit_parents_max = 16;
inline constexpr std::size_t commit_identity_bytes_max = 512;
inline constexpr std::chrono::seconds commit_time_tolerance{600};

struct CommitIdentity {
  std::string name;
  std::string email;
  std::int64_t time = 0;  // seconds since 1970
};

struct CommitPayload {
  std::string tree;                  // hex, SHA-1 or SHA-256
  std::vector<std::string> parents;  // of the same length
  CommitIdentity author;
  CommitIdentity committer;
  std::string_view message;  // borrowed
};

// Header lines in git's order: tree, parents, author, committer, perhaps encoding. Refused: tags, any other header (a
// signature that is there already, a merged tag), control characters in a header, NUL anywhere, what is not UTF-8
// where no encoding is named, and anything over the limits.
[[nodiscard]] Result<CommitPayload> parse_commit_payload(std::string_view payload);

// Who the user is on the host.
struct Signer {
  std::string name;
  std::string email;
};
// Both people of the commit must be the user, and it must be made now: a signature says that the user made it.
[[nodiscard]] Status check_commit(const CommitPayload& commit, const Signer& signer, std::int64_t now);

// The object name that the commit gets with this signature: git writes it into the header, folded.
[[nodiscard]] std::string with_signature(std::string_view payload, std::string_view signature, std::string_view header);
[[nodiscard]] std::string signed_commit_id(std::string_view payload, std::string_view signature);

}  // namespace bailey::credentials

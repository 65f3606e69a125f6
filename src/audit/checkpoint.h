// A checkpoint: an event {"reason":…,"key":…,["dropped":n,]"signature":…} that signs everything before it and itself.
//
// The signature (Ed25519, hex) is over "bailey-audit-checkpoint-1\n", the previous hash in hex, and the canonical event
// as it is without its last field, the signature. As the previous hash stands for all earlier events, one valid
// signature vouches for the whole log up to it.
#pragma once

#include <optional>
#include <string>
#include <string_view>

#include "audit/canonical.h"
#include "audit/keys.h"
#include "audit/signature.h"
#include "base/result.h"

namespace bailey::audit {

// Actions that the log records about itself; nobody else may use them.
inline constexpr std::string_view checkpoint_action = "checkpoint";
inline constexpr std::string_view recovered_action = "recovered";
inline constexpr std::string_view full_action = "audit_full";
// What prev is for the first event.
inline constexpr std::string_view genesis_hash = "0000000000000000000000000000000000000000000000000000000000000000";

enum class Reason {
  opened,    // a writer starts; from here on unsigned events may follow
  count,     // enough events
  timer,     // enough time
  rotation,  // the last event of a segment
  full,      // the log reached its limit
  closed,    // a writer ends
};
[[nodiscard]] std::string_view to_string(Reason reason);

struct Checkpoint {
  Reason reason = Reason::opened;
  std::string key;  // fingerprint of the key that signed
  std::uint64_t dropped = 0;
  std::string signature;
};

// Fills in subject: the canonical event with its signature.
[[nodiscard]] std::string encode_checkpoint(const SigningKey& key, Record record, std::string_view prev, Reason reason,
                                            std::uint64_t dropped);
[[nodiscard]] bool is_checkpoint(const Record& record);
// Nothing when a field is missing or of the wrong kind.
[[nodiscard]] std::optional<Checkpoint> read_checkpoint(const Record& record);
// `line` is the text that was parsed into `prev` and the checkpoint.
[[nodiscard]] bool is_signed_by(const PublicKey& key, std::string_view line, std::string_view prev,
                                const Checkpoint& checkpoint);

}  // namespace bailey::audit

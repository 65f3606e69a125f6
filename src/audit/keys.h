// The user's signing key for audit logs: <keys directory>/audit.ed25519 (0600) and audit.ed25519.pub.
//
// Both are PEM as OpenSSL writes Ed25519 (RFC 8410): PKCS #8 and SubjectPublicKeyInfo, so that other tools can check a
// log. They are read here without OpenSSL's decoders, whose start-up would cost more than everything else.
#pragma once

#include <string>

#include "audit/signature.h"
#include "base/result.h"

namespace bailey::audit {

struct SigningKey {
  Seed seed;
  PublicKey public_key;
  std::string name;    // its fingerprint
  bool fresh = false;  // made by this call and not yet durable
};

// Makes the directory (0700) and the key on first use; of two processes that start at once, one makes it and both use
// it. Refused: a key that is not a regular file of ours, that others can read, or that is damaged.
[[nodiscard]] Result<SigningKey> load_or_make_key(const std::string& keys_dir);
// The public half at `path`.
[[nodiscard]] Result<PublicKey> load_public_key(const std::string& path);
[[nodiscard]] std::string public_key_path(const std::string& keys_dir);
// Makes a fresh key survive a power loss: fsync(2) of both files and of the directory.
[[nodiscard]] Status sync_key(const std::string& keys_dir);

}  // namespace bailey::audit

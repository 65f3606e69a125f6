// What stands for a secret inside the sandbox: a text of the same shape that is worth nothing.
//
// How it works. Every letter becomes another letter of its case, every digit another digit, everything else stays, and
// so does a well-known prefix ("sk-ant-api03-"): programs that look at a key before they use it find what they expect.
// A text of hexadecimal digits stays one. A JSON web token (RFC 7519) stays one: header and claims can be read, an
// expiry lies far in the future, the signature is not one. The same seed makes the same placeholder of secrets of the
// same shape, so a restarted session knows the ones that its agent wrote down; without the seed nobody can tell.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::credentials {

inline constexpr std::size_t placeholder_seed_bytes = 32;
// What a placeholder's own characters must be able to tell apart: fewer would be met by chance.
inline constexpr double placeholder_bits_min = 24;

// As long as the secret, different from it and from everything in `taken`. `seed`: random bytes, at least
// placeholder_seed_bytes; `label`: whose placeholder it is, for different ones of one seed. Refuses secrets that are
// too short or have too little in them to vary.
[[nodiscard]] Result<std::string> make_placeholder(std::string_view secret, std::string_view seed,
                                                   std::string_view label, const std::set<std::string>& taken);

// The part of a key that says whose it is; empty when it has none that is known.
[[nodiscard]] std::string_view known_prefix(std::string_view secret);

}  // namespace bailey::credentials

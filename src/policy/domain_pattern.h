// Patterns of the network allow-list: "registry.npmjs.org" is that host, "*.npmjs.org" every host below npmjs.org (but
// not npmjs.org itself).
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::policy {

inline constexpr std::size_t domain_bytes_max = 253;       // RFC 1035
inline constexpr std::size_t domain_label_bytes_max = 63;  // RFC 1035

// In lower case. Refused: anything but letters, digits and hyphens in labels (RFC 1123; internationalised names are
// given as xn--…), addresses, ports, schemes, a trailing dot, a star anywhere but as the whole first label, a star over
// a whole top-level domain.
[[nodiscard]] Result<std::string> parse_domain_pattern(std::string_view text);

// Every host that `pattern` allows is allowed by `bound` too. Both from parse_domain_pattern().
[[nodiscard]] bool covers(std::string_view bound, std::string_view pattern);

}  // namespace bailey::policy

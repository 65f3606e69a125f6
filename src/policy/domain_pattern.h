// Patterns of network allow-lists: "registry.npmjs.org" is that host; "*.npmjs.org" is npmjs.org and every host below
// it; both may end in ":port". Without a port they mean 80 and 443. One parser for flags, configuration, manifests,
// allow-list files and the gateway.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::policy {

inline constexpr std::size_t domain_bytes_max = 253;       // RFC 1035
inline constexpr std::size_t domain_label_bytes_max = 63;  // RFC 1035

// In lower case. Refused: anything but letters, digits and hyphens in labels (RFC 1123; internationalised names are
// given as xn--…), addresses, schemes, a trailing dot, a star anywhere but as the whole first label, and a star over a
// public suffix (*.com, *.co.uk, *.github.io: publicsuffix.org, its private section too), below which anybody may have
// a host.
[[nodiscard]] Result<std::string> parse_domain_pattern(std::string_view text);

enum class Reach { host, domain };  // domain: the star's

// The parts of what parse_domain_pattern() returned; `host` without star and port, borrowed.
struct DomainPattern {
  std::string_view host;
  Reach reach = Reach::host;
  std::optional<std::uint16_t> port;
};
[[nodiscard]] DomainPattern parts_of(std::string_view pattern);

// Every host and port that `pattern` allows is allowed by `bound` too. Both from parse_domain_pattern().
[[nodiscard]] bool covers(std::string_view bound, std::string_view pattern);

}  // namespace bailey::policy

// Names that mean something only in a local network: no rule about the whole internet speaks of them, and the host's
// name servers should not even be asked.
#pragma once

#include <algorithm>
#include <array>
#include <string_view>

namespace bailey::gateway {

// RFC 6761, 6762 (and its appendix G), 7686, 8375, 9476 and ICANN's .internal; localdomain is what many resolv.conf
// append. Not .test and .example: who uses them means it.
inline constexpr std::array<std::string_view, 11> local_domains{
    "local", "internal", "localdomain", "lan", "home", "corp", "private", "intranet", "invalid", "onion", "alt"};

inline constexpr std::string_view local_name_reason = "a name of a local network needs a rule of its own";

// `host`: in lower case, without a dot at the end. A single label, or below such a domain.
[[nodiscard]] constexpr bool is_local_name(std::string_view host) {
  const auto dot = host.rfind('.');
  if (dot == std::string_view::npos) return true;
  return std::ranges::find(local_domains, host.substr(dot + 1)) != local_domains.end();
}

}  // namespace bailey::gateway

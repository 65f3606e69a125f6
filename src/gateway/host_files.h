// The host's /etc/hosts and /etc/resolv.conf as values: hosts(5), resolv.conf(5). The gateway gets their texts before
// it locks itself in, because afterwards there are no files. Lenient as libc is: a line that means nothing is passed
// over.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "gateway/address.h"

namespace bailey::gateway {

inline constexpr std::size_t hosts_entries_max = 65536;  // names; later ones are passed over
inline constexpr std::size_t nameservers_max = 8;

// Names in lower case.
using HostsTable = std::unordered_map<std::string, std::vector<IpAddress>>;
[[nodiscard]] HostsTable parse_hosts(std::string_view text);

struct ResolverSettings {
  std::vector<IpAddress> servers;  // empty: 127.0.0.1, as libc does
  int timeout_seconds = 3;
  int attempts = 2;
  friend bool operator==(const ResolverSettings&, const ResolverSettings&) = default;
};
// Search lists are left out on purpose: the policy is about full names, and what it allowed must be what is asked for.
[[nodiscard]] ResolverSettings parse_resolv_conf(std::string_view text);

}  // namespace bailey::gateway

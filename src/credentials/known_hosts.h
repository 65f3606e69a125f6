// Which hosts a key belongs to, by the user's known_hosts (sshd(8), "SSH_KNOWN_HOSTS FILE FORMAT"). Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::credentials {

inline constexpr std::size_t known_hosts_bytes_max = std::size_t{4} << 20;
inline constexpr std::size_t known_host_names_max = 64;  // of one key

struct KnownHost {
  std::string name;  // lower case, without brackets
  std::uint16_t port = 22;
  bool operator==(const KnownHost&) const = default;
};

// The names that lines with exactly this key (a blob) give it. Lines with hashed names or wildcards name only those of
// `candidates`. Lines of certificate authorities don't count; a line that revokes the key anywhere makes it unknown.
[[nodiscard]] std::vector<KnownHost> hosts_of_key(std::string_view known_hosts, std::string_view key,
                                                  std::span<const KnownHost> candidates);

// "host" or "[host]:port"; nullopt: neither.
[[nodiscard]] std::optional<KnownHost> parse_known_host(std::string_view text);

}  // namespace bailey::credentials

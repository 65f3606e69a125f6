// Addresses of remotes: which ones bailey uses on the host, how they are named to people, and in which other spellings
// the same repository is known. Pure; follows git-fetch(1), "GIT URLS".
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::git {

inline constexpr std::size_t remote_address_bytes_max = 4096;

enum class Transport { https, http, ssh, local };

struct RemoteAddress {
  Transport transport = Transport::https;
  std::string host;  // lower case, without user and port; empty for a local one
  std::string port;  // as written; empty: the usual one
  std::string path;  // without leading slash where there is a host; a local one as given, without "file://"
};

// Refused: helpers ("ext::…"), other schemes, control characters, anything that a program could take for an option, and
// whatever is too long.
[[nodiscard]] Result<RemoteAddress> parse_remote_address(std::string_view url);

// "github.com/o/r", "host:8443/o/r", "/srv/r.git": never a login.
[[nodiscard]] std::string label_of(const RemoteAddress& address);

// Other addresses of the same repository, without ".git" at the end: "https://h/o/r", "git@h:o/r" … Empty for a local
// one and for one with a port of its own.
[[nodiscard]] std::vector<std::string> spellings_of(const RemoteAddress& address);

}  // namespace bailey::git

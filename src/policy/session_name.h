// Names of sessions: what users type after `bailey attach`, and a directory's name.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

namespace bailey::policy {

inline constexpr std::size_t session_name_bytes_max = 64;

// "<agent>-<repository>-<branch>", the branch without its leading "<agent>/". Only [a-z0-9._-], starting and ending
// with a letter or digit; longer names are cut and end with a hash of the whole. `repository` is the last component of
// its path. Different branches can come out the same ("a/b" and "a-b"): whoever registers the session finds out.
[[nodiscard]] std::string session_name(std::string_view agent, std::string_view repository, std::string_view branch);
// "<agent>-<NAME>", for --name.
[[nodiscard]] std::string named_session(std::string_view agent, std::string_view name);

}  // namespace bailey::policy

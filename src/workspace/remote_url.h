// URLs of remotes as they may be shown to the agent: where, never with what.
#pragma once

#include <optional>
#include <string>
#include <string_view>

namespace bailey::workspace {

inline constexpr std::size_t remote_url_bytes_max = 4096;

// Without password, token, query and fragment. The user's name stays for ssh only ("git@"), where it is part of the
// address; elsewhere it is often the token itself. nullopt for what can't be a plain address: remote helpers
// (ext::sh -c …), control characters, too long.
[[nodiscard]] std::optional<std::string> without_credentials(std::string_view url);

}  // namespace bailey::workspace

// A settings file of the user's as the agent gets it: its shape, with a placeholder for every secret in it. Pure but
// for the vault, which gets what it finds.
//
// What is replaced. A text that is, or has in it, a secret of the session: by that secret's placeholder (so the agent's
// own requests work). A text that is a part of one: by the same part of the placeholder. Everything else that looks
// like a secret (looks_secret.h): by a canary, which goes nowhere. What is declared as a secret and could not be used:
// by nothing. Beside what was replaced an expiry is put far into the future: the host sees to a fresh token, and a
// program inside that believed its token old would try to get one itself and fail.
#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "credentials/vault.h"
#include "json/read.h"

namespace bailey::credentials {

inline constexpr std::size_t home_file_bytes_max = std::size_t{16} << 20;
inline constexpr json::ReadLimits home_file_limits{.bytes_max = home_file_bytes_max,
                                                   .depth_max = 64,
                                                   .string_bytes_max = std::size_t{4} << 20,
                                                   .members_max = 100'000,
                                                   .values_max = 1'000'000};

struct PlaceholderFile {
  std::string text;
  std::size_t replaced = 0;
};
// `path` (below the home directory) names it and says whether it is TOML; everything else must be JSON. `selectors`:
// what rules name in it (behind the '#'). A file that can't be read is an error: what is not understood stays out.
[[nodiscard]] Result<PlaceholderFile> placeholder_file(std::string_view text, const std::string& path,
                                                       const std::vector<std::string>& selectors, Vault& vault);

// Values of the vault in a text that is copied otherwise as it is. The number of replacements.
std::size_t replace_known(std::string& text, const Keep& keep);

}  // namespace bailey::credentials

// The remotes of the host's repository (and of its submodules) that a session may use through the guard. Fixed when the
// session starts: the agent names one of them by its key, and nothing it says changes where that leads.
#pragma once

#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::git {

inline constexpr std::size_t remote_key_bytes_max = 1024;
inline constexpr std::size_t guarded_remotes_max = 128;

struct GuardedRemote {
  std::string key;       // its address as the sandbox sees it: without a login
  std::string name;      // "origin"
  std::string path;      // of the submodule below /workspace; empty: the repository itself
  std::string url;       // as the host has it, perhaps with a login
  std::string push_url;  // empty: the same

  // "origin", or "origin of lib/x".
  [[nodiscard]] std::string title() const { return path.empty() ? name : name + " of " + path; }
  bool operator==(const GuardedRemote&) const = default;
};

// From a remote as it is configured; `shown` is its address without a login. Local paths are made absolute from `top`,
// the repository's directory, and refused inside of it: what lies there may be anybody's. nullopt: the guard does not
// handle it, and it stays in the sandbox as a plain address.
[[nodiscard]] std::optional<GuardedRemote> guarded_remote(std::string_view name, std::string_view shown,
                                                          std::string_view url, std::string_view push_url,
                                                          std::string_view top);

// The position in `remotes`; nullopt: none of them.
[[nodiscard]] std::optional<std::size_t> find_remote(const std::vector<GuardedRemote>& remotes, std::string_view key);

}  // namespace bailey::git

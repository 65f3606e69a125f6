// Agent manifests: what bailey knows about a program that works in the sandbox (agents/*.toml). Adding an agent is
// adding a file: built-in ones are embedded, the user's are read from $XDG_CONFIG_HOME/bailey/agents/.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "policy/oauth_login.h"
#include "policy/secret_rule.h"

namespace bailey::policy {

// What of the user's home the agent finds in its private home.
enum class HomeFileMode {
  copy,         // a copy as it was at the start
  placeholder,  // the file's shape with every secret replaced
  absent,       // never there: named so that the withholding is explained
};

struct HomeFile {
  std::string path;  // relative to the home directory, never leaving it
  HomeFileMode mode = HomeFileMode::absent;
  std::string defaults;  // placeholder: a JSON object that the file has at least (credentials/home_defaults.h)
};

struct ManifestMcp {
  std::string format;  // name of the agent's own format; empty: the agent knows no MCP
  std::string path;    // relative to the home directory
};

struct Manifest {
  std::string name;                  // [a-z0-9][a-z0-9-]*
  std::string title;                 // for people
  std::vector<std::string> command;  // argv, unrestricted-mode flags included; argv[0] is `binary`
  std::string binary;                // looked for on PATH
  std::string install;               // how to get it, one line
  std::vector<std::string> hosts;
  std::vector<HomeFile> home;
  std::vector<SecretRule> secrets;
  std::vector<OAuthLogin> logins;  // whose access tokens are among the secrets
  ManifestMcp mcp;
  std::vector<std::pair<std::string, std::string>> environment;
  std::string place;  // the file it was read from; "built in" otherwise
};

inline constexpr std::size_t agent_name_bytes_max = 32;
inline constexpr std::size_t manifest_bytes_max = 64 * 1024;
inline constexpr std::size_t home_defaults_bytes_max = 16 * 1024;
inline constexpr std::size_t manifest_entries_max = 200;  // of one list

// `file` names the text in errors, which carry line and column. Refuses unknown keys, paths that leave the home
// directory, hosts that are no domain patterns, variables that the sandbox sets itself.
[[nodiscard]] Result<Manifest> parse_manifest(std::string_view text, std::string_view file);

// Sorted: the built-in ones and those of `user_directory` ("$XDG_CONFIG_HOME/bailey/agents", may not exist).
[[nodiscard]] Result<std::vector<std::string>> agent_names(const std::string& user_directory);
// "<user_directory>/<name>.toml" wins over the built-in manifest of that name.
[[nodiscard]] Result<Manifest> load_manifest(std::string_view name, const std::string& user_directory);

// Absolute path of the manifest's binary. A missing one is an error that says how to get it.
[[nodiscard]] Result<std::string> find_binary(const Manifest& manifest, std::string_view path_variable);

}  // namespace bailey::policy

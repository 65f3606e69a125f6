// The files of the configuration layers, read but not yet understood: the only part of the room that touches the disk,
// besides trust.h and the manifests.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"

namespace bailey::policy {

inline constexpr std::size_t layer_file_bytes_max = 64 * 1024;
inline constexpr std::size_t administrator_files_max = 100;
inline constexpr const char* administrator_directory_default = "/etc/bailey/policy.d";
inline constexpr const char* project_file_name = ".bailey.toml";
inline constexpr const char* project_allowlist_name = ".bailey-allowlist.txt";

enum class Trust { untrusted, trusted };

struct LayerText {
  std::string file;  // for messages
  std::string text;
};

struct LayerFiles {
  std::vector<LayerText> administrator;  // in the order of their names
  std::optional<LayerText> user;
  std::optional<LayerText> user_allowlist;
  std::optional<LayerText> project;
  std::optional<LayerText> project_allowlist;
  Trust project_trust = Trust::untrusted;
};

struct LayerPaths {
  std::string administrator_directory = administrator_directory_default;
  std::string user_file;             // "$XDG_CONFIG_HOME/bailey/config.toml"
  std::string user_allowlist;        // "$XDG_CONFIG_HOME/bailey/allowlist.txt"; empty: none
  std::string repository_directory;  // its top directory; empty: no project layer
  std::string trust_file;            // "$XDG_STATE_HOME/bailey/trust"
};

// Files that do not exist are absent layers; files that cannot be read are errors, because a limit might be in them.
// The project's file is opened without following links and must be a regular file: the repository is not trusted.
[[nodiscard]] Result<LayerFiles> read_layers(const LayerPaths& paths);

// The project's files alone, for `bailey trust`.
struct ProjectFiles {
  std::optional<LayerText> configuration;
  std::optional<LayerText> allowlist;
};
[[nodiscard]] Result<ProjectFiles> read_project_files(const std::string& repository_directory);
// The bytes that trust in a project is about.
[[nodiscard]] std::string trusted_content(const ProjectFiles& files);

}  // namespace bailey::policy

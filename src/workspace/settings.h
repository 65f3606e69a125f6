// What of git's configuration comes along: who the user is, what decides whether a file counts as changed, where the
// remotes are. Everything else stays on the host: credential helpers, hooks, filters, aliases, includes.
//
// The user's own files (/etc/gitconfig, $XDG_CONFIG_HOME/git/config, ~/.gitconfig and what they include) are trusted to
// name other files. The repository's configuration is not: it could name a private key as its ignore file.
#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "base/result.h"
#include "git/config_file.h"
#include "git/guarded_remote.h"
#include "git/repository.h"
#include "workspace/notes.h"
#include "workspace/user_home.h"

namespace bailey::workspace {

struct Remote {
  std::string name;
  std::string url;                 // without credentials
  bool promisor = false;           // of a partial clone: missing objects are no damage
  std::string host_url = {};       // as configured on the host; never written into the workspace
  std::string host_push_url = {};  // empty: the same
};

// The remotes of a repository on the host, read as text.
[[nodiscard]] std::vector<Remote> read_remotes(const git::HostRepository& repository, Notes& notes);
// Those of them that the guard handles (git/guarded_remote.h). `top`: the repository's directory.
[[nodiscard]] std::vector<git::GuardedRemote> guarded_remotes(const std::vector<Remote>& remotes, std::string_view top);

struct GitSettings {
  std::vector<std::pair<std::string, std::string>> values;  // "core.autocrlf" → "input"; from a fixed list of keys
  std::string user_name;
  std::string user_email;
  std::vector<Remote> remotes;  // in the order of the file
  std::string excludes;         // text of the user's global ignore file
};

inline constexpr std::size_t remotes_max = 64;
inline constexpr std::size_t identity_bytes_max = 256;
inline constexpr std::size_t include_depth_max = 5;
inline constexpr std::size_t include_files_max = 64;

// Files that are not understood are named in `notes` and otherwise count as empty.
[[nodiscard]] GitSettings read_settings(const UserHome& user, const git::HostRepository* repository, Notes& notes);

// The repository's own configuration, of this worktree too, as data. What can't be read counts as empty.
[[nodiscard]] std::vector<git::ConfigEntry> read_repository_config(const git::HostRepository& repository);

}  // namespace bailey::workspace

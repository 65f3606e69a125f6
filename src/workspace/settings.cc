#include "workspace/settings.h"

#include <fcntl.h>

#include <algorithm>
#include <iterator>

#include "base/text.h"
#include "git/config_file.h"
#include "git/ref_name.h"
#include "os/files.h"
#include "workspace/git_files.h"
#include "workspace/remote_url.h"
#include "workspace/user_config.h"

namespace bailey::workspace {
namespace {

// They decide whether `git status` calls a file changed, and how a commit is written; none names a file or a program.
constexpr std::string_view kept_keys[] = {
    "core.autocrlf",          "core.eol",
    "core.filemode",          "core.ignorecase",
    "core.precomposeunicode", "core.safecrlf",
    "core.sparsecheckout",    "core.sparsecheckoutcone",
    "core.symlinks",          "i18n.commitencoding",
    "index.sparse",
};
constexpr std::size_t kept_value_bytes_max = 32;

bool is_plain_word(std::string_view value) {
  return !value.empty() && value.size() <= kept_value_bytes_max && std::all_of(value.begin(), value.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
  });
}

std::string identity(const std::vector<git::ConfigEntry>& config, std::string_view name) {
  const auto* value = git::config_value(config, name);
  if (value == nullptr || value->size() > identity_bytes_max || has_control_characters(*value)) return {};
  return *value;
}

// "remote.NAME.KEY" → NAME
std::string_view remote_name(std::string_view entry, std::string_view key) {
  constexpr std::string_view section = "remote.";
  if (!entry.starts_with(section) || !entry.ends_with(key)) return {};
  if (entry.size() <= section.size() + key.size()) return {};
  return entry.substr(section.size(), entry.size() - section.size() - key.size());
}

// A name becomes part of ref names and of our config file.
bool usable_name(std::string_view name) {
  return name != "local" && !has_control_characters(name) &&
         git::check_ref_name("refs/remotes/" + std::string(name) + "/x").has_value();
}

std::vector<Remote> remotes_of(const std::vector<git::ConfigEntry>& config, Notes& notes) {
  std::vector<Remote> remotes;
  for (const auto& entry : config) {
    const auto name = remote_name(entry.name, ".url");
    if (name.empty()) continue;
    const auto known = [&](const Remote& remote) { return remote.name == name; };
    if (std::any_of(remotes.begin(), remotes.end(), known)) continue;  // git fetches from the first one
    auto url = without_credentials(entry.value);
    if (!usable_name(name) || !url || remotes.size() == remotes_max) {
      notes.add("remotes not taken over", name);
      continue;
    }
    remotes.push_back({std::string(name), std::move(*url), false, entry.value, {}});
  }
  for (const auto& entry : config)
    for (auto& remote : remotes) {
      if (remote_name(entry.name, ".promisor") == remote.name) remote.promisor = git::config_true(entry.value);
      if (remote_name(entry.name, ".pushurl") == remote.name && remote.host_push_url.empty())
        remote.host_push_url = entry.value;
    }
  return remotes;
}

std::string read_global_excludes(const UserHome& user, const std::vector<git::ConfigEntry>& user_config) {
  if (const auto* file = git::config_value(user_config, "core.excludesfile"))
    return file->empty() ? "" : read_user_text(expand_path(user, "/", *file));
  return user.xdg_config.empty() ? "" : read_user_text(os::join(user.xdg_config, "git/ignore"));
}

}  // namespace

std::vector<git::ConfigEntry> read_repository_config(const git::HostRepository& repository) {
  std::vector<git::ConfigEntry> all;
  const auto append = [&](const std::string& directory, const char* name) {
    const auto opened = os::open_file(directory, O_RDONLY | O_DIRECTORY);
    if (!opened) return;
    auto parsed = git::parse_config(read_git_text(opened->get(), name).value_or(""));
    if (parsed) std::move(parsed->begin(), parsed->end(), std::back_inserter(all));
  };
  append(repository.common_dir, "config");  // was parsed without error by open_host_repository()
  const auto* per_worktree = git::config_value(all, "extensions.worktreeconfig");
  if (per_worktree != nullptr && git::config_true(*per_worktree)) append(repository.git_dir, "config.worktree");
  return all;
}

std::vector<Remote> read_remotes(const git::HostRepository& repository, Notes& notes) {
  return remotes_of(read_repository_config(repository), notes);
}

std::vector<git::GuardedRemote> guarded_remotes(const std::vector<Remote>& remotes, std::string_view top) {
  std::vector<git::GuardedRemote> guarded;
  for (const auto& remote : remotes)
    if (auto one = git::guarded_remote(remote.name, remote.url, remote.host_url, remote.host_push_url, top))
      guarded.push_back(std::move(*one));
  return guarded;
}

GitSettings read_settings(const UserHome& user, const git::HostRepository* repository, Notes& notes) {
  GitSettings settings;
  auto config = read_user_config(user, repository != nullptr ? repository->git_dir + '/' : "", notes);
  settings.excludes = read_global_excludes(user, config);
  if (repository != nullptr) {
    auto own = read_repository_config(*repository);
    settings.remotes = remotes_of(own, notes);
    std::move(own.begin(), own.end(), std::back_inserter(config));
  }
  for (const auto key : kept_keys)
    if (const auto* value = git::config_value(config, key); value != nullptr && is_plain_word(*value))
      settings.values.emplace_back(key, *value);
  settings.user_name = identity(config, "user.name");
  settings.user_email = identity(config, "user.email");
  return settings;
}

}  // namespace bailey::workspace

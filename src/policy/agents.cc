// Finding manifests and binaries: the embedded ones, the user's directory, PATH.
#include <fmt/format.h>

#include <algorithm>
#include <cerrno>

#include "embedded/agent_claude.h"
#include "embedded/agent_codex.h"
#include "embedded/agent_copilot.h"
#include "embedded/agent_gemini.h"
#include "embedded/agent_opencode.h"
#include "embedded/agent_shell.h"
#include "os/files.h"
#include "policy/manifest.h"
#include "toml/expect.h"

namespace bailey::policy {
namespace {

constexpr std::string_view suffix = ".toml";
constexpr std::size_t user_manifests_max = 500;

struct Builtin {
  std::string_view name;
  const std::string_view* text;
};
constexpr Builtin builtins[] = {
    {"claude", &embedded::agent_claude}, {"codex", &embedded::agent_codex},       {"copilot", &embedded::agent_copilot},
    {"gemini", &embedded::agent_gemini}, {"opencode", &embedded::agent_opencode}, {"shell", &embedded::agent_shell},
};

std::unexpected<Error> fail_unknown(std::string_view name, const std::string& user_directory) {
  std::vector<std::string_view> known;
  const auto names = agent_names(user_directory);
  if (names) known.assign(names->begin(), names->end());
  auto unknown = toml::unknown_word("agent", name, known);
  return fail(std::move(unknown.why), {},
              fmt::format("{} (own ones go to {}/NAME.toml)", unknown.remedy, user_directory));
}

}  // namespace

Result<std::vector<std::string>> agent_names(const std::string& user_directory) {
  std::vector<std::string> names;
  for (const auto& builtin : builtins) names.emplace_back(builtin.name);
  auto files = os::list_directory(user_directory);
  if (!files && files.error().code != ENOENT) return std::unexpected(std::move(files).error());
  if (files) {
    if (files->size() > user_manifests_max) {
      return fail("read " + user_directory, fmt::format("more than {} files", user_manifests_max));
    }
    for (const auto& file : *files) {
      if (file.ends_with(suffix) && !file.starts_with('.'))
        names.push_back(file.substr(0, file.size() - suffix.size()));
    }
  }
  std::ranges::sort(names);
  names.erase(std::unique(names.begin(), names.end()), names.end());
  return names;
}

Result<Manifest> load_manifest(std::string_view name, const std::string& user_directory) {
  // The name becomes part of a path: nothing that could leave the directory gets that far.
  if (name.empty() || name.size() > agent_name_bytes_max || name.find('/') != std::string_view::npos ||
      name.find('\0') != std::string_view::npos || name.starts_with('.')) {
    return fail_unknown(name, user_directory);
  }
  const auto path = os::join(user_directory, std::string(name) + std::string(suffix));
  auto text = os::read_file(path, manifest_bytes_max);
  if (text) {
    auto manifest = TRY(parse_manifest(*text, path));
    if (manifest.name == name) return manifest;
    return fail(path, fmt::format("it calls itself '{}'", manifest.name), "give file and name the same name");
  }
  if (text.error().code != ENOENT && text.error().code != ENOTDIR) {
    return std::unexpected(std::move(text).error().within("read the agent's manifest"));
  }
  for (const auto& builtin : builtins) {
    if (builtin.name == name) return parse_manifest(*builtin.text, "built in");
  }
  return fail_unknown(name, user_directory);
}

Result<std::string> find_binary(const Manifest& manifest, std::string_view path_variable) {
  auto path = os::find_on_path(manifest.binary, path_variable);
  if (!path.empty()) return path;
  return fail(fmt::format("{}: '{}'", manifest.title, manifest.binary), "there is no such program on PATH",
              fmt::format("get it with: {} (or give a command of your own after --)", manifest.install));
}

}  // namespace bailey::policy

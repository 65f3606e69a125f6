#include "workspace/git_triggers.h"

#include <algorithm>
#include <cctype>
#include <iterator>
#include <map>
#include <set>

#include "base/text.h"
#include "os/files.h"
#include "workspace/settings.h"
#include "workspace/user_config.h"

namespace bailey::workspace {
namespace {

using Pointer = GitPointers::Pointer;

constexpr std::size_t included_bytes_max = 256 << 10;
constexpr std::string_view git_directory = ".git";

std::string lower(std::string_view text) {
  std::string result(text);
  for (char& c : result)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return result;
}

// Without ".", "..", doubled slashes; nullopt when it leads above where it starts.
std::optional<std::string> normal(std::string_view path) {
  std::vector<std::string_view> parts;
  for (const auto part : split(path, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") parts.push_back(part);
    else if (parts.empty()) return std::nullopt;
    else parts.pop_back();
  }
  std::string result;
  for (const auto part : parts) result += (result.empty() ? "" : "/") + std::string(part);
  return result;
}

// A path or a word of a command, as seen from the top: from the top itself, and from .git (include.path).
std::vector<std::string> places_of(std::string_view word, const std::string& top, const std::string& home) {
  std::string path(word);
  if (path.starts_with("~/")) path = home + path.substr(1);
  if (path.starts_with('/')) {
    const auto absolute = normal(path);
    const std::string inside = top.substr(1) + '/';
    if (!absolute || !absolute->starts_with(inside)) return {};
    return {lower(absolute->substr(inside.size()))};
  }
  std::vector<std::string> places;
  if (const auto from_top = normal(path); from_top && !from_top->empty()) places.push_back(lower(*from_top));
  if (const auto from_git = normal(std::string(git_directory) + '/' + path); from_git && !from_git->empty())
    places.push_back(lower(*from_git));
  return places;
}

std::vector<std::string> words_of(std::string_view value) {
  std::vector<std::string> words(1);
  for (const char c : value) {
    const bool separates = std::isspace(static_cast<unsigned char>(c)) != 0 ||
                           std::string_view("\"'`;|&()<>!=,$:").find(c) != std::string_view::npos;
    if (!separates) words.back() += c;
    else if (!words.back().empty()) words.emplace_back();
  }
  if (words.back().empty()) words.pop_back();
  return words;
}

bool names_directory(std::string_view key) { return key == "core.hookspath" || key == "init.templatedir"; }

void add_value(const git::ConfigEntry& entry, const std::string& top, const std::string& home, GitPointers& found) {
  const auto reach = names_directory(lower(entry.name)) ? Pointer::Reach::below : Pointer::Reach::exactly;
  auto words = words_of(entry.value);
  words.push_back(entry.value);  // a path may have spaces
  std::set<std::string> places;
  for (const auto& word : words)
    for (auto& place : places_of(word, top, home)) places.insert(std::move(place));
  for (const auto& place : places)
    if (found.pointers.size() < git_pointers_max) found.pointers.push_back({entry.name, place, reach});
}

// Files that the repository's own configuration includes: one level, for what they point to.
void add_included(std::vector<git::ConfigEntry>& config, const git::HostRepository& repository, const UserHome& user) {
  std::vector<git::ConfigEntry> more;
  for (const auto& entry : config) {
    const bool includes =
        entry.name == "include.path" || (entry.name.starts_with("includeif.") && entry.name.ends_with(".path"));
    if (!includes) continue;
    const auto text = os::read_file(expand_path(user, repository.common_dir, entry.value), included_bytes_max);
    auto parsed = git::parse_config(text.value_or(""));
    if (parsed) std::move(parsed->begin(), parsed->end(), std::back_inserter(more));
  }
  std::move(more.begin(), more.end(), std::back_inserter(config));
}

void add_linked_hooks(const git::HostRepository& repository, const std::string& top, GitPointers& found) {
  const std::string hooks = os::join(repository.common_dir, "hooks");
  const auto inside = [&](const std::string& path) -> std::string {
    const auto real = os::real_path(path);
    return real && real->starts_with(top + '/') ? lower(std::string_view(*real).substr(top.size() + 1)) : "";
  };
  if (const auto directory = inside(hooks); !directory.empty() && !directory.starts_with(git_directory))
    found.pointers.push_back({".git/hooks", directory, Pointer::Reach::below});
  for (const auto& name : os::list_directory(hooks).value_or(std::vector<std::string>()))
    if (const auto file = inside(os::join(hooks, name)); !file.empty() && !file.starts_with(git_directory))
      found.pointers.push_back({".git/hooks/" + name, file, Pointer::Reach::exactly});
}

}  // namespace

GitPointers pointers_in(const std::vector<git::ConfigEntry>& config, const std::string& top, const std::string& home) {
  GitPointers found;
  for (const auto& entry : config) add_value(entry, top, home, found);
  return found;
}

GitPointers read_git_pointers(const UserHome& user, const git::HostRepository& repository, const std::string& top) {
  Notes ignored;
  auto config = read_repository_config(repository);
  add_included(config, repository, user);
  auto own = read_user_config(user, repository.git_dir + '/', ignored);
  std::move(own.begin(), own.end(), std::back_inserter(config));
  auto found = pointers_in(config, top, user.home);
  add_linked_hooks(repository, top, found);
  return found;
}

std::vector<GitTrigger> triggers_among(const GitPointers& pointers, const std::vector<std::string>& changed) {
  std::map<std::string, std::string> exactly;
  std::map<std::string, std::string> below;
  for (const auto& pointer : pointers.pointers)
    (pointer.reach == Pointer::Reach::exactly ? exactly : below).emplace(pointer.path, pointer.place);
  std::vector<GitTrigger> triggers;
  for (const auto& path : changed) {
    const std::string key = lower(path);
    std::string place;
    if (const auto found = exactly.find(key); found != exactly.end()) place = found->second;
    for (auto slash = key.size(); place.empty() && slash != std::string::npos && slash != 0;
         slash = key.rfind('/', slash - 1))
      if (const auto found = below.find(key.substr(0, slash)); found != below.end()) place = found->second;
    if (!place.empty()) triggers.push_back({path, "your git runs or obeys it: " + visible(place) + " leads there"});
  }
  return triggers;
}

}  // namespace bailey::workspace

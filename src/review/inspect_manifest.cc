#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "json/read.h"
#include "json/write.h"
#include "os/files.h"
#include "review/inspect.h"
#include "toml/parse.h"

namespace bailey::review {
namespace {

// A table of a manifest, flat: "scripts.postinstall" → its value as text.
using Entries = std::map<std::string, std::string, std::less<>>;
struct Declared {
  Entries scripts;       // run by somebody's tool
  Entries dependencies;  // name → where from
};

constexpr std::size_t value_bytes_shown = 120;

std::string shown(std::string_view value) {
  return visible(value.substr(0, value_bytes_shown)) + (value.size() > value_bytes_shown ? "…" : "");
}

// Run by the package manager without being asked for by name.
bool is_lifecycle(std::string_view script) {
  static constexpr std::string_view names[] = {"preinstall",
                                               "install",
                                               "postinstall",
                                               "prepublish",
                                               "prepublishonly",
                                               "prepare",
                                               "preprepare",
                                               "postprepare",
                                               "prepack",
                                               "postpack",
                                               "dependencies",
                                               "preversion",
                                               "version",
                                               "postversion",
                                               "pre-install-cmd",
                                               "post-install-cmd",
                                               "pre-update-cmd",
                                               "post-update-cmd",
                                               "post-autoload-dump",
                                               "pre-autoload-dump",
                                               "post-root-package-install",
                                               "post-create-project-cmd",
                                               "post-package-install",
                                               "post-package-update",
                                               "build-backend",
                                               "backend-path",
                                               "requires",
                                               "gypfile"};
  return std::ranges::find(names, script) != std::end(names);
}

std::string text_of(const json::Value& value) {
  if (const auto* text = value.as_string()) return *text;
  return json::write(value);
}

void add_members(const json::Value& root, std::string_view table, Entries& into) {
  const auto* value = root.find(table);
  if (value == nullptr) return;
  if (const auto* members = value->as_object()) {
    for (const auto& [name, member] : *members) into.emplace(name, text_of(member));
  } else {
    into.emplace(table, text_of(*value));
  }
}

json::ReadLimits manifest_limits() {
  json::ReadLimits limits;
  limits.bytes_max = std::size_t{4} << 20;
  return limits;
}

Result<Declared> npm(std::string_view text) {
  const auto root = TRY(json::read(text, "package.json", manifest_limits()));
  Declared declared;
  add_members(root, "scripts", declared.scripts);
  for (const char* table : {"husky", "simple-git-hooks", "lint-staged", "pre-commit", "pre-push", "gypfile",
                            "packageManager", "eslintConfig", "jest", "babel", "ava", "mocha", "prettier", "release"})
    if (const auto* value = root.find(table)) declared.scripts.emplace(table, text_of(*value));
  for (const char* table : {"dependencies", "devDependencies", "optionalDependencies", "peerDependencies",
                            "bundledDependencies", "bundleDependencies", "overrides", "resolutions"})
    add_members(root, table, declared.dependencies);
  return declared;
}

Result<Declared> composer(std::string_view text) {
  const auto root = TRY(json::read(text, "composer.json", manifest_limits()));
  Declared declared;
  add_members(root, "scripts", declared.scripts);
  add_members(root, "require", declared.dependencies);
  add_members(root, "require-dev", declared.dependencies);
  if (const auto* repositories = root.find("repositories"))
    declared.dependencies.emplace("repositories", "url " + text_of(*repositories));
  return declared;
}

std::string text_of(const toml::Node& node) {
  if (const auto* text = std::get_if<std::string>(&node.data)) return *text;
  std::string joined;
  if (const auto* array = std::get_if<toml::Array>(&node.data))
    for (const auto& entry : *array) joined += text_of(entry) + " ";
  if (const auto* table = std::get_if<toml::Table>(&node.data))
    for (const auto& member : *table) joined += member.key + " " + text_of(member.value) + " ";
  return joined;
}

void add_table(const toml::Node* node, Entries& into) {
  if (node == nullptr) return;
  if (const auto* table = std::get_if<toml::Table>(&node->data))
    for (const auto& member : *table) into.emplace(member.key, text_of(member.value));
  if (const auto* array = std::get_if<toml::Array>(&node->data))  // PEP 508: "name >=1; marker"
    for (const auto& entry : *array) {
      const std::string text = text_of(entry);
      const auto end = std::min(text.find_first_of(" <>=!~;[@("), text.size());
      into.emplace(text.substr(0, end), text.substr(end));
    }
}

const toml::Node* at(const toml::Node* node, std::initializer_list<std::string_view> keys) {
  for (const auto key : keys) node = node == nullptr ? nullptr : node->find(key);
  return node;
}

// Dependency tables at any depth: [target.'cfg(x)'.dependencies], [tool.poetry.group.dev.dependencies] ….
void add_dependency_tables(const toml::Node& node, Entries& into) {
  const auto* table = std::get_if<toml::Table>(&node.data);
  if (table == nullptr) return;
  for (const auto& member : *table) {
    const std::string_view key = member.key;
    if (key.ends_with("dependencies") || key == "patch" || key == "replace" || key == "sources" || key == "source" ||
        key == "dependency-groups")
      add_table(&member.value, into);
    add_dependency_tables(member.value, into);
  }
}

Result<Declared> cargo_or_python(std::string_view text) {
  const auto root = TRY(toml::parse(text, "manifest"));
  Declared declared;
  add_dependency_tables(root, declared.dependencies);
  if (const auto* optional = at(&root, {"project", "optional-dependencies"}))
    if (const auto* groups = std::get_if<toml::Table>(&optional->data))
      for (const auto& group : *groups) add_table(&group.value, declared.dependencies);
  add_table(at(&root, {"build-system"}), declared.scripts);
  if (const auto* build = at(&root, {"package", "build"})) declared.scripts.emplace("build", text_of(*build));
  add_table(at(&root, {"project", "scripts"}), declared.scripts);
  add_table(at(&root, {"tool", "poe", "tasks"}), declared.scripts);
  add_table(at(&root, {"tool", "poetry", "build"}), declared.scripts);
  add_table(at(&root, {"alias"}), declared.scripts);
  return declared;
}

using Reader = Result<Declared> (*)(std::string_view);
Reader reader_for(std::string_view name) {
  if (name == "package.json") return npm;
  if (name == "composer.json") return composer;
  if (name == "cargo.toml" || name == "pyproject.toml" || name == "pipfile") return cargo_or_python;
  return nullptr;
}

// Not from a registry: an address, a repository, a file.
bool is_direct_source(std::string_view from) {
  static constexpr std::string_view marks[] = {
      "://",   "git+",  "git@",    "github:", "gitlab:", "bitbucket:", "gist:",
      "file:", "link:", "portal:", "git ",    "url ",    "path ",      "registry "};
  if (std::ranges::any_of(marks, [&](std::string_view mark) { return from.find(mark) != std::string_view::npos; }))
    return true;
  // "owner/repository", npm's short form for GitHub; versions and ranges have no slash.
  return from.find('/') != std::string_view::npos && from.find(' ') == std::string_view::npos &&
         !from.starts_with("npm:") && !from.starts_with("workspace:");
}

void compare_scripts(Collector& out, const Subject& subject, const Entries& before, const Entries& after) {
  for (const auto& [name, command] : after) {
    const auto old = before.find(name);
    if (old != before.end() && old->second == command) continue;
    out.add(Check::package_script, subject,
            {.words = visible(name) + (old == before.end() ? " is new: " : " changed: ") + shown(command) + ".",
             .severity = is_lifecycle(name) ? std::optional(Severity::high) : std::nullopt,
             .same = name + command});
  }
}

void compare_dependencies(Collector& out, const Subject& subject, const Entries& before, const Entries& after) {
  for (const auto& [name, from] : after) {
    const auto old = before.find(name);
    if (old != before.end() && old->second == from) continue;
    const std::string words = visible(name) + " " + shown(from) + ".";
    if (is_direct_source(from)) out.add(Check::dependency_source, subject, {.words = words, .same = name + from});
    else if (old == before.end()) out.add(Check::new_dependency, subject, {.words = words, .same = name});
    else if (from.starts_with("npm:") && !old->second.starts_with("npm:"))
      out.add(Check::dependency_source, subject, {.words = words, .same = name + from});
  }
}

}  // namespace

void inspect_manifest(Collector& out, const Subject& subject, const Versions& versions) {
  const auto reader = reader_for(os::base_name(subject.comparable));
  if (reader == nullptr || versions.after.data() == nullptr) return;
  const auto after = reader(versions.after);
  if (!after) {
    out.add(Check::manifest_unreadable, subject, {.words = visible(after.error().why.substr(0, 200)) + "."});
    return;
  }
  Declared old;
  if (versions.before.data() != nullptr)
    if (auto before = reader(versions.before)) old = std::move(*before);
  compare_scripts(out, subject, old.scripts, after->scripts);
  compare_dependencies(out, subject, old.dependencies, after->dependencies);
}

}  // namespace bailey::review

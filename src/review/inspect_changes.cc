#include <algorithm>
#include <array>
#include <map>

#include "base/text.h"
#include "os/files.h"
#include "review/inspect.h"
#include "review/path_name.h"

namespace bailey::review {
namespace {

// Lock file, and what a change of it should come with. Names are comparable().
struct LockFile {
  std::string_view name;
  std::array<std::string_view, 3> manifests;  // a name, or ".ext" for any file that ends so; empty: none
};
constexpr LockFile lock_files[] = {
    {"package-lock.json", {"package.json"}},
    {"npm-shrinkwrap.json", {"package.json"}},
    {"yarn.lock", {"package.json"}},
    {"pnpm-lock.yaml", {"package.json", "pnpm-workspace.yaml"}},
    {"bun.lock", {"package.json"}},
    {"bun.lockb", {"package.json"}},
    {"deno.lock", {"deno.json", "deno.jsonc", "package.json"}},
    {"cargo.lock", {"cargo.toml"}},
    {"poetry.lock", {"pyproject.toml"}},
    {"uv.lock", {"pyproject.toml"}},
    {"pdm.lock", {"pyproject.toml"}},
    {"pixi.lock", {"pixi.toml", "pyproject.toml"}},
    {"pipfile.lock", {"pipfile"}},
    {"gemfile.lock", {"gemfile", ".gemspec"}},
    {"composer.lock", {"composer.json"}},
    {"go.sum", {"go.mod"}},
    {"flake.lock", {"flake.nix"}},
    {"mix.lock", {"mix.exs"}},
    {"pubspec.lock", {"pubspec.yaml"}},
    {"podfile.lock", {"podfile"}},
    {"package.resolved", {"package.swift"}},
    {"packages.lock.json", {".csproj", ".fsproj", ".vbproj"}},
    {"gradle.lockfile", {"build.gradle", "build.gradle.kts"}},
    {".terraform.lock.hcl", {".tf"}},
};

bool is_manifest(std::string_view name, std::string_view wanted) {
  if (wanted.empty()) return false;
  return wanted.starts_with('.') ? name.ends_with(wanted) : name == wanted;
}

Subject subject_of(const RawChange& change, std::string path, const git::Oid& tip) {
  return {change.path, std::move(path), tip, change.after.oid, Place::tip};
}

struct Named {
  const RawChange* change;
  std::string path;  // comparable
};

void find_locks(Collector& out, std::span<const Named> all, const git::Oid& tip) {
  for (const auto& lock : lock_files) {
    const auto found = std::ranges::find_if(all, [&](const Named& one) {
      return os::base_name(one.path) == lock.name && one.change->after.is_there() &&
             one.change->before.front().is_there();
    });
    if (found == all.end()) continue;
    const bool explained = std::ranges::any_of(all, [&](const Named& one) {
      const auto name = os::base_name(one.path);
      return std::ranges::any_of(lock.manifests, [&](std::string_view wanted) { return is_manifest(name, wanted); });
    });
    if (!explained) out.add(Check::lock_without_manifest, subject_of(*found->change, found->path, tip));
  }
}

// git works in any directory that has HEAD, objects/ and refs/, and obeys the config file there.
void find_bare_repositories(Collector& out, std::span<const Named> all, const git::Oid& tip) {
  std::map<std::string, const Named*, std::less<>> heads;
  for (const auto& one : all)
    if (os::base_name(one.path) == "head" && one.change->after.is_there())
      heads.emplace(std::string(os::directory_name(one.path)), &one);
  if (heads.empty()) return;
  for (const auto& one : all) {
    if (os::base_name(one.path) != "config" || !one.change->after.is_there()) continue;
    if (heads.contains(os::directory_name(one.path)))
      out.add(Check::nested_repository, subject_of(*one.change, one.path, tip));
  }
}

void find_collisions(Collector& out, std::span<const Named> all, const git::Oid& tip) {
  std::map<std::string_view, const RawChange*> seen;
  for (const auto& one : all) {
    if (!one.change->after.is_there()) continue;
    const auto [at, is_new] = seen.emplace(one.path, one.change);
    if (!is_new && at->second->path != one.change->path)
      out.add(Check::case_collision, subject_of(*one.change, one.path, tip),
              {.words = "The other one is " + visible(at->second->path) + "."});
  }
}

}  // namespace

void inspect_changes(Collector& out, std::span<const RawChange> changes, const git::Oid& tip) {
  std::vector<Named> all;
  all.reserve(changes.size());
  for (const auto& change : changes) all.push_back({&change, comparable(change.path)});
  find_locks(out, all, tip);
  find_bare_repositories(out, all, tip);
  find_collisions(out, all, tip);
  for (const auto& one : all) {
    if (one.change->after.is_there()) continue;
    const Subject subject = subject_of(*one.change, one.path, tip);
    if (is_kind(out.rules(), subject, FileKind::test)) out.add(Check::test_deleted, subject);
  }
}

}  // namespace bailey::review

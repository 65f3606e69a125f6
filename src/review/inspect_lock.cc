#include <algorithm>
#include <array>
#include <optional>
#include <set>

#include "base/text.h"
#include "json/read.h"
#include "os/files.h"
#include "review/inspect.h"

namespace bailey::review {
namespace {

constexpr std::string_view lock_names[] = {"package-lock.json",
                                           "npm-shrinkwrap.json",
                                           "yarn.lock",
                                           "pnpm-lock.yaml",
                                           "bun.lock",
                                           "deno.lock",
                                           "cargo.lock",
                                           "poetry.lock",
                                           "uv.lock",
                                           "pdm.lock",
                                           "pipfile.lock",
                                           "gemfile.lock",
                                           "composer.lock",
                                           "mix.lock",
                                           "pubspec.lock",
                                           "podfile.lock",
                                           "package.resolved",
                                           "flake.lock",
                                           "packages.lock.json",
                                           "gradle.lockfile"};

struct Address {
  std::string_view scheme;  // "https"
  std::string_view host;
  std::size_t offset = 0;
};

bool is_host_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '.' || c == '-' || c == '_';
}

// The next "scheme://[user@]host" at or after `from`.
std::optional<Address> next_address(std::string_view text, std::size_t from) {
  const auto at = text.find("://", from);
  if (at == std::string_view::npos) return std::nullopt;
  std::size_t begin = at;
  while (begin > 0 && at - begin < 12 && (is_host_character(text[begin - 1]) || text[begin - 1] == '+')) --begin;
  std::size_t host = at + 3;
  std::size_t end = host;
  while (end < text.size() && (is_host_character(text[end]) || text[end] == '@' || text[end] == ':')) {
    if (text[end] == '@') host = end + 1;
    ++end;
  }
  auto name = text.substr(host, end - host);
  return Address{text.substr(begin, at - begin), name.substr(0, name.find(':')), at};
}

bool is_registry(const std::vector<std::string>& registries, std::string_view host) {
  std::string lower(host);
  for (auto& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
  return std::ranges::any_of(registries, [&](const std::string& known) {
    return lower == known ||
           (lower.size() > known.size() && lower.ends_with(known) && lower[lower.size() - known.size() - 1] == '.');
  });
}

void find_hosts(Collector& out, const Subject& subject, const AddedText& added) {
  const auto text = added.text();
  std::set<std::string> seen;
  for (auto address = next_address(text, 0); address; address = next_address(text, address->offset + 3)) {
    const bool plain = address->scheme == "http" || address->scheme == "git" || address->scheme == "ftp";
    const bool known = is_registry(out.rules().registries, address->host);
    if (known && !plain) continue;
    const std::string what = std::string(address->scheme) + "://" + std::string(address->host);
    if (seen.size() >= 20 || !seen.insert(what).second) continue;
    out.add(Check::lock_registry, subject,
            {.line = added.line_at(address->offset),
             .excerpt = out.masker().excerpt(text, address->offset),
             .words = visible(what) + ".",
             .same = what});
  }
}

// Packages that come over the network and have no checksum: "name address".
using Unchecked = std::set<std::string>;

void walk_npm(const json::Value& packages, Unchecked& found, int depth) {
  constexpr int depth_max = 60;  // json/read.h refuses deeper texts
  const auto* members = packages.as_object();
  if (members == nullptr || depth > depth_max) return;
  for (const auto& [name, package] : *members) {
    const auto* resolved = package.find("resolved");
    const auto* address = resolved == nullptr ? nullptr : resolved->as_string();
    if (address != nullptr && address->find("://") != std::string::npos && package.find("integrity") == nullptr)
      found.insert(name + " " + *address);
    if (const auto* nested = package.find("dependencies")) walk_npm(*nested, found, depth + 1);
  }
}

std::optional<Unchecked> unchecked_npm(std::string_view text) {
  json::ReadLimits limits;
  limits.bytes_max = std::size_t{4} << 20;
  limits.members_max = 50'000;
  limits.values_max = 400'000;
  const auto root = json::read(text, "lock file", limits);
  if (!root) return std::nullopt;
  Unchecked found;
  for (const char* table : {"packages", "dependencies"})
    if (const auto* packages = root->find(table)) walk_npm(*packages, found, 0);
  return found;
}

// [[package]] blocks of Cargo.lock.
Unchecked unchecked_cargo(std::string_view text) {
  Unchecked found;
  constexpr std::string_view head = "[[package]]";
  for (auto at = text.find(head); at != std::string_view::npos;) {
    const auto next = text.find(head, at + head.size());
    const auto block = text.substr(at, next == std::string_view::npos ? next : next - at);
    if (block.find("source = \"registry+") != std::string_view::npos &&
        block.find("checksum = ") == std::string_view::npos) {
      const auto lines = split(block, '\n');
      found.insert(std::string(lines.size() > 1 ? trim(lines[1]) : trim(block)));
    }
    at = next;
  }
  return found;
}

std::optional<Unchecked> unchecked_of(std::string_view name, std::string_view text) {
  if (name == "cargo.lock") return unchecked_cargo(text);
  if (name == "package-lock.json" || name == "npm-shrinkwrap.json") return unchecked_npm(text);
  return Unchecked();
}

}  // namespace

void inspect_lock(Collector& out, const Subject& subject, const Versions& versions, const AddedText& added) {
  const auto name = os::base_name(subject.comparable);
  if (std::ranges::find(lock_names, name) == std::end(lock_names) || versions.after.data() == nullptr) return;
  find_hosts(out, subject, added);
  const auto after = unchecked_of(name, versions.after);
  if (!after) {
    out.add(Check::manifest_unreadable, subject);
    return;
  }
  Unchecked before;
  if (versions.before.data() != nullptr) before = unchecked_of(name, versions.before).value_or(Unchecked());
  for (const auto& package : *after)
    if (!before.contains(package))
      out.add(Check::lock_without_integrity, subject,
              {.words = visible(package.substr(0, 200)) + ".", .same = package});
}

}  // namespace bailey::review

#include <algorithm>
#include <map>
#include <optional>

#include "base/text.h"
#include "os/files.h"
#include "review/inspect.h"
#include "review/path_name.h"

namespace bailey::review {
namespace {

std::string octal(std::uint32_t mode) {
  char text[16];
  std::snprintf(text, sizeof text, "%06o", mode);
  return text;
}

// "" and the words for a rule that meets this change.
std::string words_for(const RawChange& change) {
  if (!change.after.is_there()) return "The file is deleted.";
  if (change.after.is_link()) return "It is a symbolic link.";
  if (change.after.is_submodule()) return "It is a submodule.";
  if (!change.old_path.empty()) return "It was " + visible(change.old_path) + " before.";
  return "";
}

void apply_path_rules(Collector& out, const Subject& subject, std::string_view path, std::string_view as_directory,
                      const std::string& words, bool is_there) {
  const auto& rules = out.rules();
  auto groups = rules.path_index.matching(path);
  if (!as_directory.empty()) {
    for (const int group : rules.path_index.matching(as_directory)) groups.push_back(group);
    for (const int group : rules.path_ancestors.matching(path)) groups.push_back(group);
  }
  std::ranges::sort(groups);
  const auto excepted = [&](int rule) {
    return std::ranges::binary_search(groups, rule + static_cast<int>(rules.paths.size()));
  };
  int last = -1;
  for (const int group : groups) {
    if (group == last || group >= static_cast<int>(rules.paths.size())) continue;
    last = group;
    if (excepted(group)) continue;
    RuleHead head = rules.paths[static_cast<std::size_t>(group)];
    if (!is_there) {  // nothing runs a file that is gone
      head.auto_executing = AutoExecuting::no;
      head.executes.clear();
      head.severity = std::min(head.severity, Severity::warning);
    }
    out.add(head, subject, {.words = words});
  }
}

bool has_git_component(std::string_view path) {
  const auto parts = split(path, '/');
  return std::ranges::any_of(parts, [](std::string_view part) { return part == ".git" || part == "git~1"; });
}

}  // namespace

void inspect_path(Collector& out, const RawChange& change, const Subject& subject) {
  const bool directory_like = change.after.is_link() || change.after.is_submodule();
  apply_path_rules(out, subject, subject.comparable, directory_like ? subject.comparable + "/" : "", words_for(change),
                   change.after.is_there());
  if (!change.after.is_there()) return;
  if (has_git_component(subject.comparable)) out.add(Check::nested_repository, subject);
  const auto name = os::base_name(subject.comparable);
  if (change.after.is_file() && out.rules().secret_names.matches(name)) out.add(Check::secret_file, subject);
}

void inspect_kind(Collector& out, const RawChange& change, const Subject& subject) {
  const TreeEntry& before = change.before.front();
  const TreeEntry& after = change.after;
  if (after.is_submodule()) {
    const std::string moved = before.is_submodule() ? "From " + before.oid.short_hex() + " to " : "It is new, at ";
    out.add(Check::submodule, subject, {.words = moved + after.oid.short_hex() + "."});
  }
  if (before.is_submodule() && !after.is_there()) out.add(Check::submodule, subject, {.words = "It is removed."});
  if (before.is_there() && after.is_there() && (before.mode & 0170000U) != (after.mode & 0170000U))
    out.add(Check::type_change, subject,
            {.words = "From mode " + octal(before.mode) + " to " + octal(after.mode) + "."});
  if (after.mode == mode_executable && before.mode != mode_executable)
    out.add(Check::executable_bit, subject,
            {.words = before.is_there() ? "It was not executable before." : "The file is new."});
}

std::optional<std::string> resolve_link(std::string_view link_path, std::string_view target) {
  if (target.starts_with('/')) return std::nullopt;
  std::vector<std::string_view> parts;
  for (const auto part : split(link_path, '/')) parts.push_back(part);
  parts.pop_back();
  for (const auto part : split(target, '/')) {
    if (part.empty() || part == ".") continue;
    if (part != "..") {
      parts.push_back(part);
      continue;
    }
    if (parts.empty()) return std::nullopt;
    parts.pop_back();
  }
  std::string path;
  for (const auto part : parts) (path += path.empty() ? "" : "/") += part;
  return path;
}

void inspect_link(Collector& out, const Subject& subject, std::string_view target) {
  constexpr std::size_t shown_bytes_max = 200;
  const std::string words = "It leads to " + visible(target.substr(0, shown_bytes_max)) + ".";
  const std::string comparable_target = comparable(target);
  // A drive letter or a UNC path is outside as well.
  const bool windows_root = comparable_target.starts_with("//") || (target.size() > 1 && target[1] == ':') ||
                            target.starts_with('\\') || target.starts_with('~');
  const auto resolved = resolve_link(subject.path, target);
  if (has_git_component(comparable_target)) out.add(Check::link_into_git, subject, {.words = words});
  else if (!resolved || windows_root) out.add(Check::link_outside, subject, {.words = words});
  else out.add(Check::link, subject, {.words = words});
}

void inspect_aliases(Collector& out, std::span<const RawChange> changes, std::span<const TreeLink> links,
                     const git::Oid& tip) {
  for (const auto& link : links) {
    const auto target = resolve_link(link.path, link.target);
    if (!target || target->empty()) continue;
    for (const auto& change : changes) {
      if (!change.after.is_there() || !change.path.starts_with(*target)) continue;
      const auto rest = std::string_view(change.path).substr(target->size());
      if (!rest.empty() && rest.front() != '/') continue;
      Subject subject{change.path, comparable(change.path), tip, change.after.oid, Place::tip};
      const std::string alias = link.path + std::string(rest);
      apply_path_rules(out, subject, comparable(alias), "", "A link makes it appear as " + visible(alias) + ".", true);
    }
  }
}

bool is_kind(const CompiledRules& rules, const Subject& subject, FileKind kind) {
  const auto groups = rules.kinds.matching(subject.comparable);
  return std::ranges::binary_search(groups, static_cast<int>(kind));
}

}  // namespace bailey::review

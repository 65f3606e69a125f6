#include "policy/path_pattern.h"

#include <fmt/format.h>

#include "base/text.h"

namespace bailey::policy {
namespace {

char lower(char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c; }

// One component against a pattern without slashes; linear but for backtracking to the last star.
bool matches_component(std::string_view pattern, std::string_view text) {
  std::size_t p = 0;
  std::size_t t = 0;
  std::size_t star = std::string_view::npos;
  std::size_t resume = 0;
  while (t < text.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      resume = t;
    } else if (p < pattern.size() && (pattern[p] == '?' || lower(pattern[p]) == lower(text[t]))) {
      ++p;
      ++t;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      t = ++resume;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

using Parts = std::vector<std::string_view>;

// The whole pattern against the beginning of the path: what is left over lies below what was named. A table of what
// matches from where, so that no pattern takes more than its length times the path's.
bool matches_beginning(const Parts& pattern, const Parts& path) {
  std::vector<bool> reachable(path.size() + 1, false);  // components used so far
  reachable[0] = true;
  for (const auto part : pattern) {
    std::vector<bool> next(path.size() + 1, false);
    bool crossing = false;
    for (std::size_t i = 0; i <= path.size(); ++i) {
      if (part == "**") {
        crossing = crossing || reachable[i];
        next[i] = crossing;
      } else if (i > 0) {
        next[i] = reachable[i - 1] && matches_component(part, path[i - 1]);
      }
    }
    reachable = std::move(next);
  }
  for (std::size_t i = 1; i <= path.size(); ++i)
    if (reachable[i]) return true;
  return false;
}

}  // namespace

Status check_path_pattern(std::string_view pattern) {
  const auto what = fmt::format("path pattern '{}'", visible(pattern.substr(0, path_pattern_bytes_max)));
  if (pattern.empty() || pattern == "/") return fail(what, "it names nothing");
  if (pattern.size() > path_pattern_bytes_max) return fail(what, "it is too long");
  if (has_control_characters(pattern)) return fail(what, "it has control characters");
  for (const auto part : split(pattern, '/'))
    if (part == ".." || part == ".") return fail(what, "paths are counted from the top of the repository");
  return {};
}

bool matches_path(std::string_view pattern, std::string_view path) {
  if (pattern.ends_with('/')) pattern.remove_suffix(1);
  const bool anywhere = pattern.find('/') == std::string_view::npos;
  if (pattern.starts_with('/')) pattern.remove_prefix(1);
  Parts parts = split(pattern, '/');
  if (anywhere) parts.insert(parts.begin(), "**");
  return matches_beginning(parts, split(path, '/'));
}

}  // namespace bailey::policy

#include "review/path_name.h"

#include <utf8proc.h>

#include <cstdlib>

#include "base/text.h"

namespace bailey::review {
namespace {

bool is_ascii(std::string_view text) {
  for (const char c : text)
    if (static_cast<unsigned char>(c) >= 0x80) return false;
  return true;
}

std::string folded(std::string_view path) {
  if (is_ascii(path) || !is_utf8(path)) {
    std::string lower(path);
    for (auto& c : lower)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c | 0x20);
    return lower;
  }
  utf8proc_uint8_t* mapped = nullptr;
  const auto options = static_cast<utf8proc_option_t>(UTF8PROC_STABLE | UTF8PROC_COMPOSE | UTF8PROC_COMPAT |
                                                      UTF8PROC_CASEFOLD | UTF8PROC_IGNORE);
  const auto bytes = utf8proc_map(reinterpret_cast<const utf8proc_uint8_t*>(path.data()),
                                  static_cast<utf8proc_ssize_t>(path.size()), &mapped, options);
  if (bytes < 0) return std::string(path);
  std::string result(reinterpret_cast<const char*>(mapped), static_cast<std::size_t>(bytes));
  std::free(mapped);  // utf8proc.h: allocated with malloc
  return result;
}

// What NTFS makes of one component.
std::string_view without_tail(std::string_view component) {
  component = component.substr(0, component.find(':'));
  const auto end = component.find_last_not_of(". ");
  return end == std::string_view::npos ? component : component.substr(0, end + 1);
}

void append_literal(std::string& regex, char c) {
  if (std::string_view("\\.+*?()[]{}|^$").find(c) != std::string_view::npos) regex += '\\';
  regex += c;
}

}  // namespace

std::string comparable(std::string_view path) {
  std::string whole = folded(path);
  for (auto& c : whole)
    if (c == '\\') c = '/';
  if (whole.find_first_of(": .") == std::string::npos) return whole;
  std::string result;
  result.reserve(whole.size());
  for (const auto component : split(whole, '/')) {
    if (!result.empty() || &component.front() != whole.data()) result += '/';
    result += without_tail(component);
  }
  return result;
}

Result<std::string> glob_to_regex(std::string_view glob) {
  const auto refuse = [glob](const char* why) {
    return fail("path pattern '" + visible(glob.substr(0, 80)) + "'", why,
                "write names with * ? ** {a,b}; a / at the end means everything below");
  };
  if (glob.empty() || glob == "/") return refuse("it is empty");
  if (glob.size() > glob_bytes_max) return refuse("it is longer than 255 bytes");
  if (has_control_characters(glob) || !is_utf8(glob)) return refuse("it contains control characters");
  std::string text = folded(glob);
  const bool below = text.ends_with('/');
  std::string_view rest = text;
  std::string regex;
  if (rest.starts_with('/')) rest.remove_prefix(1);
  else regex = "(?:.*/)?";
  if (below) rest.remove_suffix(1);
  int depth = 0;
  while (!rest.empty()) {
    const char c = rest.front();
    std::size_t taken = 1;
    if (rest.starts_with("**/")) regex += "(?:.*/)?", taken = 3;
    else if (rest.starts_with("**")) regex += ".*", taken = 2;
    else if (c == '*') regex += "[^/]*";
    else if (c == '?') regex += "[^/]";
    else if (c == '{') regex += "(?:", ++depth;
    else if (c == '}' && depth > 0) regex += ")", --depth;
    else if (c == ',' && depth > 0) regex += "|";
    else append_literal(regex, c);
    rest.remove_prefix(taken);
  }
  if (depth != 0) return refuse("a { without its }");
  // A link or a submodule of that name stands for the directory: its path is matched with a slash behind it.
  return below ? regex + "/.*" : regex;
}

}  // namespace bailey::review

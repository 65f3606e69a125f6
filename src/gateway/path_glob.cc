#include "gateway/path_glob.h"

#include <algorithm>
#include <vector>

#include "base/text.h"

namespace bailey::gateway {
namespace {

int hex_value(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const auto lower = static_cast<char>(c | 0x20);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

bool is_unreserved(char c) {
  const auto lower = static_cast<char>(c | 0x20);
  return (c >= '0' && c <= '9') || (lower >= 'a' && lower <= 'z') || c == '-' || c == '.' || c == '_' || c == '~';
}

// Of a decoded octet that stays encoded in the normal form.
bool is_ambiguous(char c) { return c == '/' || c == '\\' || (c >= 0 && c < ' ') || c == 0x7F; }

std::optional<std::string> decoded(std::string_view path) {
  static constexpr std::string_view digits = "0123456789ABCDEF";
  std::string out;
  out.reserve(path.size());
  for (std::size_t at = 0; at < path.size(); ++at) {
    const auto c = path[at];
    if (c != '%') {
      if (c <= ' ' || c >= 0x7F || c == '\\') return std::nullopt;  // also negative: not ASCII
      out += c;
      continue;
    }
    const auto high = at + 2 < path.size() ? hex_value(path[at + 1]) : -1;
    const auto low = high >= 0 ? hex_value(path[at + 2]) : -1;
    if (low < 0) return std::nullopt;
    const auto octet = static_cast<char>(high * 16 + low);
    if (is_ambiguous(octet)) return std::nullopt;
    if (is_unreserved(octet)) {
      out += octet;
    } else {
      out += {'%', digits[static_cast<std::size_t>(high)], digits[static_cast<std::size_t>(low)]};
    }
    at += 2;
  }
  return out;
}

}  // namespace

std::optional<std::string> normal_path(std::string_view path) {
  if (!path.starts_with('/') || path.size() > path_bytes_max) return std::nullopt;
  auto normal = decoded(path);
  if (!normal) return std::nullopt;
  const auto segments = split(std::string_view(*normal).substr(1), '/');
  for (std::size_t at = 0; at < segments.size(); ++at) {
    const auto segment = segments[at];
    if (segment == "." || segment == "..") return std::nullopt;
    if (segment.empty() && at + 1 < segments.size()) return std::nullopt;
    // Some servers cut parameters off before they look at dots: "..;x".
    if (segment.starts_with(".;") || segment.starts_with("..;")) return std::nullopt;
  }
  return normal;
}

// The set of places in the glob that the path read so far can have led to, as a non-deterministic automaton.
bool path_matches(std::string_view glob, std::string_view path) {
  std::vector<char> now(glob.size() + 1, 0);
  std::vector<char> next(glob.size() + 1, 0);
  const auto skip_stars = [&](std::vector<char>& places) {  // a star can stand for nothing
    for (std::size_t at = 0; at < glob.size(); ++at) {
      if (places[at] != 0 && glob[at] == '*') places[at + 1] = 1;
    }
  };
  const auto is_double = [&](std::size_t at) {
    return (at + 1 < glob.size() && glob[at + 1] == '*') || (at > 0 && glob[at - 1] == '*');
  };
  now[0] = 1;
  skip_stars(now);
  for (const char c : path) {
    std::fill(next.begin(), next.end(), 0);
    for (std::size_t at = 0; at < glob.size(); ++at) {
      if (now[at] == 0) continue;
      if (glob[at] == '*') {
        if (c != '/' || is_double(at)) next[at] = 1;
      } else if (glob[at] == c) {
        next[at + 1] = 1;
      }
    }
    skip_stars(next);
    now.swap(next);
  }
  return now[glob.size()] != 0;
}

}  // namespace bailey::gateway

#include "credentials/named_values.h"

#include <fmt/format.h>

#include <algorithm>
#include <string>
#include <unordered_set>

#include "base/text.h"

namespace bailey::credentials {
namespace {

bool is_name(std::string_view text) {
  const auto is_good = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_';
  };
  return !text.empty() && !(text.front() >= '0' && text.front() <= '9') && std::ranges::all_of(text, is_good);
}

bool is_quote(char c) { return c == '"' || c == '\''; }

// nullopt: a quote that has no other end.
std::optional<std::string_view> unquoted(std::string_view value) {
  if (value.empty() || !is_quote(value.front())) return value;
  if (value.size() < 2 || value.back() != value.front()) return std::nullopt;
  const auto inside = value.substr(1, value.size() - 2);
  if (inside.find(value.front()) != std::string_view::npos) return std::nullopt;
  return inside;
}

}  // namespace

Result<NamedValues> parse_secrets_file(std::string_view text, std::string_view file) {
  if (text.size() > secrets_file_bytes_max)
    return fail(fmt::format("read '{}'", file), fmt::format("it is larger than {} bytes", secrets_file_bytes_max));
  NamedValues entries;
  std::unordered_set<std::string_view> names;
  std::size_t number = 0;
  for (auto line : split(text, '\n')) {
    ++number;
    const auto bad = [&](std::string_view why) {
      return fail(fmt::format("{}:{}", file, number), std::string(why), "each line is NAME=value or starts with '#'");
    };
    if (trim(line).empty() || line.front() == '#') continue;
    if (has_control_characters(line) || !is_utf8(line)) return bad("the line has control characters in it");
    const auto equals = line.find('=');
    if (equals == std::string_view::npos || !is_name(line.substr(0, equals))) return bad("that is no NAME=value");
    const auto name = line.substr(0, equals);
    if (!names.insert(name).second) return bad(fmt::format("{} is there already", name));
    const auto value = unquoted(trim(line.substr(equals + 1)));
    if (!value) return bad(fmt::format("the quotes around the value of {} don't match", name));
    entries.emplace_back(name, *value);
    if (entries.size() > secrets_file_entries_max)
      return bad(fmt::format("there are more than {} entries", secrets_file_entries_max));
  }
  return entries;
}

std::optional<std::string_view> find_named_value(std::string_view text, std::string_view name) {
  std::string section;
  for (const auto line : split(text, '\n')) {
    const auto plain = trim(line);
    if (plain.empty() || plain.front() == '#' || plain.front() == ';') continue;
    if (plain.front() == '[' && plain.back() == ']') {
      section = std::string(trim(plain.substr(1, plain.size() - 2))) + '.';
      continue;
    }
    const auto equals = plain.find('=');
    if (equals == std::string_view::npos) continue;
    const auto key = trim(plain.substr(0, equals));
    if (name.size() != section.size() + key.size() || !name.starts_with(section) || !name.ends_with(key)) continue;
    const auto value = trim(plain.substr(equals + 1));
    return unquoted(value).value_or(value);
  }
  return std::nullopt;
}

}  // namespace bailey::credentials

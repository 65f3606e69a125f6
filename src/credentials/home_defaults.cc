#include "credentials/home_defaults.h"

#include <algorithm>
#include <charconv>
#include <optional>

#include "base/text.h"
#include "credentials/home_file.h"
#include "json/read.h"
#include "json/write.h"

namespace bailey::credentials {
namespace {

// "ID" or "ID:-20"; nullopt: the session has no such secret.
std::optional<std::string> placeholder_of(std::string_view name, const Keep& keep) {
  const auto colon = name.find(":-");
  const auto id = name.substr(0, colon);
  const auto found = std::ranges::find_if(keep.secrets, [&](const KeptSecret& secret) { return secret.id == id; });
  if (found == keep.secrets.end()) return std::nullopt;
  if (colon == std::string_view::npos) return found->placeholder;
  const auto digits = name.substr(colon + 2);
  std::size_t last = 0;
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), last);
  if (error != std::errc() || end != digits.data() + digits.size()) return std::nullopt;
  return found->placeholder.substr(found->placeholder.size() - std::min(last, found->placeholder.size()));
}

std::optional<std::string> expanded(std::string_view text, const Keep& keep) {
  std::string result;
  while (true) {
    const auto begin = text.find("${");
    const auto end = text.find('}', begin);
    if (begin == std::string_view::npos || end == std::string_view::npos) return result.append(text);
    const auto placeholder = placeholder_of(text.substr(begin + 2, end - begin - 2), keep);
    if (!placeholder) return std::nullopt;
    result.append(text.substr(0, begin)).append(*placeholder);
    text.remove_prefix(end + 1);
  }
}

// nullopt: it is left out.
std::optional<json::Value> expanded(const json::Value& value, const Keep& keep) {
  if (const auto* text = value.as_string()) {
    auto result = expanded(std::string_view(*text), keep);
    return result ? std::optional<json::Value>(std::move(*result)) : std::nullopt;
  }
  if (const auto* list = value.as_array()) {
    json::Array entries;
    for (const auto& entry : *list)
      if (auto made = expanded(entry, keep)) entries.push_back(std::move(*made));
    return json::Value(std::move(entries));
  }
  if (const auto* members = value.as_object()) {
    json::Object object;
    for (const auto& [name, member] : *members)
      if (auto made = expanded(member, keep)) object.emplace_back(name, std::move(*made));
    return json::Value(std::move(object));
  }
  return value;
}

void add_missing(json::Value& value, const json::Value& defaults) {
  auto* members = value.as_object();
  const auto* wanted = defaults.as_object();
  if (members == nullptr || wanted == nullptr) return;
  for (const auto& [name, fallback] : *wanted) {
    const auto has_name = [&](const json::Member& member) { return member.first == name; };
    if (const auto found = std::ranges::find_if(*members, has_name); found != members->end())
      add_missing(found->second, fallback);
    else members->emplace_back(name, fallback);
  }
}

}  // namespace

Result<std::string> with_defaults(std::string_view text, const std::string& path, std::string_view defaults,
                                  const Keep& keep) {
  const auto wanted = expanded(TRY(json::read(defaults, "defaults of " + path)), keep);
  json::Value value{json::Object()};
  if (!trim(text).empty()) value = TRY(json::read(text, path, home_file_limits));
  if (wanted) add_missing(value, *wanted);
  if (trim(text).empty() && value.as_object()->empty()) return std::string();
  return json::write(value, json::Layout::indented) + '\n';
}

}  // namespace bailey::credentials

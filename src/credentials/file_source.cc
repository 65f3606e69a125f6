#include "credentials/file_source.h"

#include <cerrno>
#include <charconv>

#include "base/text.h"
#include "credentials/home_path.h"
#include "credentials/named_values.h"
#include "json/read.h"
#include "os/files.h"
#include "toml/parse.h"

namespace bailey::credentials {
namespace {

constexpr std::string_view absent_value = "nothing is at #";

std::string unescaped(std::string_view token) {
  std::string text;
  for (std::size_t i = 0; i < token.size(); ++i) {
    const bool is_escape = token[i] == '~' && i + 1 < token.size() && (token[i + 1] == '0' || token[i + 1] == '1');
    if (is_escape) text += token[++i] == '0' ? '~' : '/';
    else text += token[i];
  }
  return text;
}

json::Value* entry_of(json::Array& list, std::string_view token) {
  std::size_t index = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), index);
  const bool is_index = error == std::errc() && end == token.data() + token.size() && !token.empty();
  return is_index && index < list.size() ? &list[index] : nullptr;
}

bool is_json(std::string_view text) {
  const auto plain = trim(text);
  return plain.starts_with('{') || plain.starts_with('[');
}

// An empty text is how programs write that they have none.
ReadSecret text_at(const std::string* text, std::string_view place) {
  if (text == nullptr || trim(*text).empty()) return absent(std::string(absent_value) + std::string(place));
  return present(trim(*text));
}

ReadSecret select_json(std::string_view text, const std::string& path, std::string_view pointer) {
  auto root = json::read(text, path);
  if (!root) return refused(unreadable(path, "JSON", root.error()));
  const json::Value* found = find_pointer(*root, pointer);
  ReadSecret answer = found == nullptr || found->is_null() || found->as_string() != nullptr
                          ? text_at(found == nullptr ? nullptr : found->as_string(), pointer)
                          : refused("what is at #" + std::string(pointer) + " in " + path + " is " +
                                        std::string(found->kind()) + ", no string",
                                    "name a string in it");
  wipe(*root);
  return answer;
}

ReadSecret select_toml(std::string_view text, const std::string& path, std::string_view key) {
  auto root = toml::parse(text, path);
  if (!root) return refused(unreadable(path, "TOML", root.error()));
  const toml::Node* found = find_key(*root, key);
  ReadSecret answer = text_at(found == nullptr ? nullptr : std::get_if<std::string>(&found->data), key);
  wipe(*root);
  return answer;
}

ReadSecret select(std::string_view text, const std::string& path, std::string_view selector) {
  if (selector.starts_with('/') && is_json(text)) return select_json(text, path, selector);
  if (path.ends_with(".toml")) return select_toml(text, path, selector);
  const auto value = find_named_value(text, selector);
  if (!value || value->empty()) return absent(std::string(absent_value) + std::string(selector));
  return present(*value);
}

}  // namespace

Error unreadable(const std::string& path, std::string_view format, const Error& parser) {
  // "name:line:column", where it has one.
  const bool has_place = parser.what.starts_with(path + ':');
  return {.what = "read '~/" + (has_place ? parser.what : path) + "'",
          .why = "it is no " + std::string(format) + " that can be read",
          .remedy = "correct it, or have the program that wrote it make it anew",
          .code = 0};
}

json::Value* find_pointer(json::Value& root, std::string_view pointer) {
  if (!pointer.starts_with('/')) return nullptr;
  json::Value* at = &root;
  for (const auto token : split(pointer.substr(1), '/')) {
    json::Value* next = nullptr;
    if (auto* list = at->as_array()) next = entry_of(*list, token);
    if (auto* members = at->as_object()) {
      const std::string name = unescaped(token);
      for (auto& [key, value] : *members)
        if (key == name) next = &value;
    }
    if (next == nullptr) return nullptr;
    at = next;
  }
  return at;
}

toml::Node* find_key(toml::Node& root, std::string_view key) {
  toml::Node* at = &root;
  for (const auto part : split(key, '.')) {
    toml::Node* next = nullptr;
    if (auto* table = std::get_if<toml::Table>(&at->data))
      for (auto& member : *table)
        if (member.key == part) next = &member.value;
    if (next == nullptr) return nullptr;
    at = next;
  }
  return at;
}

void wipe(json::Value& value) {
  if (auto* list = value.as_array()) {
    for (auto& entry : *list) wipe(entry);
  } else if (auto* members = value.as_object()) {
    for (auto& member : *members) wipe(member.second);
  } else if (const auto* text = value.as_string()) {
    // NOLINTNEXTLINE(cppcoreguidelines-pro-type-const-cast): the value is not const, only its accessor's result
    wipe(const_cast<std::string&>(*text));
  }
}

void wipe(toml::Node& node) {
  if (auto* list = std::get_if<toml::Array>(&node.data)) {
    for (auto& entry : *list) wipe(entry);
  } else if (auto* members = std::get_if<toml::Table>(&node.data)) {
    for (auto& member : *members) wipe(member.value);
  } else if (auto* text = std::get_if<std::string>(&node.data)) {
    wipe(*text);
  }
}

ReadSecret read_file_source(const std::string& path, const std::string& selector, const SourceContext& context) {
  const auto entry = open_below_home(context.home, path);
  if (!entry && entry.error().code == ENOENT) return absent("there is no ~/" + path);
  if (!entry) return refused(entry.error());
  if (entry->is_directory) return refused("~/" + path + " is a directory", "name a file in it");
  if (entry->bytes > source_file_bytes_max)
    return refused("~/" + path + " is larger than " + std::to_string(source_file_bytes_max) + " bytes",
                   "keep the secret in a file of its own");
  auto text = os::read_all(entry->fd.get(), source_file_bytes_max);
  if (!text) return refused(std::move(text).error().within("~/" + path));
  ReadSecret answer = selector.empty() ? present(trim(*text)) : select(*text, path, selector);
  if (answer.state == SourceState::present && answer.value.empty()) answer = absent("~/" + path + " is empty");
  wipe(*text);
  return answer;
}

}  // namespace bailey::credentials

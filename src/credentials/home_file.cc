#include "credentials/home_file.h"

#include <algorithm>
#include <optional>

#include "base/text.h"
#include "credentials/file_source.h"
#include "credentials/looks_secret.h"
#include "credentials/web_token.h"
#include "json/read.h"
#include "json/write.h"
#include "toml/parse.h"
#include "toml/write.h"

namespace bailey::credentials {
namespace {

constexpr std::int64_t milliseconds_min = 100'000'000'000;  // a larger number is no time in seconds
constexpr const char* far_expiry_text = "2100-01-01T00:00:00Z";
// Of keys in lower case without separators. last_refresh: codex gets a new token some days after it.
constexpr std::string_view expiry_names[] = {"expiresat", "expirydate", "expires", "expiry", "exp", "lastrefresh"};

bool is_expiry(std::string_view key) {
  std::string name;
  for (const char c : key)
    if (c != '_' && c != '-') name += static_cast<char>(c >= 'A' && c <= 'Z' ? c - 'A' + 'a' : c);
  return std::ranges::find(expiry_names, name) != std::end(expiry_names);
}

bool is_date(std::string_view text) {
  return text.size() >= 20 && text.size() <= 35 && text[4] == '-' && text[7] == '-' && text[10] == 'T';
}

class Replacer {
 public:
  Replacer(const std::string& path, Vault& vault) : path_(path), vault_(vault) {}

  // True: `text` is another one now.
  bool replace(std::string_view key, std::string& text) {
    if (text.empty()) return false;
    if (replace_known_in(text)) return true;
    if (auto part = part_of_placeholder(text)) {
      text = std::move(*part);
      return counted();
    }
    if (!looks_secret(key, text)) return false;
    auto canary = vault_.canary(path_, text);
    wipe(text);
    text = std::move(canary);
    return counted();
  }
  bool replace_known_in(std::string& text) { return replace_known(text, vault_.keep()) > 0 && counted(); }
  void blank(std::string& text) {
    // What has become a placeholder already is one that works.
    const auto is_it = [&](const KeptSecret& secret) { return secret.placeholder == text; };
    if (std::ranges::any_of(vault_.keep().secrets, is_it)) return;
    wipe(text);
    ++replaced_;
  }
  [[nodiscard]] std::size_t replaced() const { return replaced_; }

 private:
  bool counted() {
    ++replaced_;
    return true;
  }
  [[nodiscard]] std::optional<std::string> part_of_placeholder(std::string_view text) const {
    if (text.size() < kept_value_bytes_min) return std::nullopt;
    for (const auto& secret : vault_.keep().secrets) {
      const auto at = secret.value.view().find(text);
      if (at == std::string_view::npos || secret.value.size() != secret.placeholder.size()) continue;
      return secret.placeholder.substr(at, text.size());
    }
    return std::nullopt;
  }

  const std::string& path_;
  Vault& vault_;
  std::size_t replaced_ = 0;
};

// The text of a value that is one; the value is not const, only its accessor's result.
std::string* text_of(json::Value& value) {
  const auto* text = value.as_string();
  return const_cast<std::string*>(text);  // NOLINT(cppcoreguidelines-pro-type-const-cast)
}

bool replace_in(json::Value& value, std::string_view key, Replacer& replacer);

void postpone(json::Object& members) {
  for (auto& [name, member] : members) {
    if (!is_expiry(name)) continue;
    if (const auto time = member.as_int()) member = far_expiry_seconds * (*time >= milliseconds_min ? 1000 : 1);
    else if (const auto* text = member.as_string(); text != nullptr && is_date(*text)) member = far_expiry_text;
  }
}

// True when one of the values right in it was replaced. An expiry may stand one level above its tokens (codex).
bool replace_in_object(json::Object& members, Replacer& replacer) {
  bool replaced = false;
  for (auto& [name, member] : members) {
    replaced |= replace_in(member, name, replacer);
    (void)replacer.replace_known_in(name);  // most keys are names; paths and hosts among them are wanted
  }
  if (replaced) postpone(members);
  return replaced;
}

bool replace_in(json::Value& value, std::string_view key, Replacer& replacer) {
  if (auto* text = text_of(value)) return replacer.replace(key, *text);
  if (auto* members = value.as_object()) return replace_in_object(*members, replacer);
  bool replaced = false;
  if (auto* list = value.as_array())
    for (auto& entry : *list) replaced |= replace_in(entry, key, replacer);
  return replaced;
}

void replace_in(toml::Node& node, std::string_view key, Replacer& replacer) {
  if (auto* text = std::get_if<std::string>(&node.data)) (void)replacer.replace(key, *text);
  if (auto* list = std::get_if<toml::Array>(&node.data))
    for (auto& entry : *list) replace_in(entry, key, replacer);
  if (auto* table = std::get_if<toml::Table>(&node.data))
    for (auto& member : *table) replace_in(member.value, member.key, replacer);
}

Result<PlaceholderFile> toml_file(std::string_view text, const std::string& path,
                                  const std::vector<std::string>& selectors, Vault& vault) {
  auto root = toml::parse(text, path);
  if (!root) return std::unexpected(unreadable(path, "TOML", root.error()));
  Replacer replacer(path, vault);
  replace_in(*root, "", replacer);
  for (const auto& selector : selectors)
    if (auto* node = find_key(*root, selector))
      if (auto* value = std::get_if<std::string>(&node->data)) replacer.blank(*value);
  auto written = toml::write(*root);
  wipe(*root);
  if (!written) return std::unexpected(std::move(written).error());
  return PlaceholderFile{std::move(*written), replacer.replaced()};
}

Result<PlaceholderFile> json_file(std::string_view text, const std::string& path,
                                  const std::vector<std::string>& selectors, Vault& vault) {
  auto root = json::read(text, path, home_file_limits);
  if (!root) return std::unexpected(unreadable(path, "JSON", root.error()));
  Replacer replacer(path, vault);
  (void)replace_in(*root, "", replacer);
  for (const auto& selector : selectors)
    if (auto* value = find_pointer(*root, selector))
      if (auto* content = text_of(*value)) replacer.blank(*content);
  return PlaceholderFile{json::write(*root, json::Layout::indented) + '\n', replacer.replaced()};
}

}  // namespace

Result<PlaceholderFile> placeholder_file(std::string_view text, const std::string& path,
                                         const std::vector<std::string>& selectors, Vault& vault) {
  const bool is_toml = path.ends_with(".toml");
  if (!is_toml && trim(text).empty()) return PlaceholderFile{};
  return is_toml ? toml_file(text, path, selectors, vault) : json_file(text, path, selectors, vault);
}

std::size_t replace_known(std::string& text, const Keep& keep) {
  std::size_t count = 0;
  for (const auto& secret : keep.secrets) {
    for (auto at = text.find(secret.value.view()); at != std::string::npos;
         at = text.find(secret.value.view(), at + secret.placeholder.size())) {
      text.replace(at, secret.value.size(), secret.placeholder);
      ++count;
    }
  }
  return count;
}

}  // namespace bailey::credentials

// Members that the tables of all kinds of rules have. Errors start with "file:line:column".
#pragma once

#include <fmt/format.h>

#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "toml/expect.h"
#include "toml/node.h"

namespace bailey::policy {

// 1 to bytes_max bytes without control characters.
[[nodiscard]] Result<std::string> plain_text(const toml::Node& node, std::string_view what, std::size_t bytes_max);
// A member that must be there.
[[nodiscard]] Result<std::string> required_text(const toml::Node& table, std::string_view key, std::size_t bytes_max);
// The address of somebody who is sent credentials: https://, or http:// on this machine itself, which is for tests.
[[nodiscard]] Result<std::string> endpoint(const toml::Node& table, std::string_view key);
// 0 without one.
[[nodiscard]] Result<int> read_tier(const toml::Node& table);
[[nodiscard]] Status need_keys(const toml::Node& table, std::initializer_list<std::string_view> keys);
// The word of "kind"; empty without one.
[[nodiscard]] std::string_view kind_of(const toml::Node& rule);
// One text or an array of them, through `read`. Not an empty array: it reads like "none" and would mean "any". Nothing
// when the member is absent.
template <typename Read>
Status read_one_or_more(const toml::Node& table, std::string_view key, std::size_t entries_max, Read read) {
  const auto* node = table.find(key);
  if (node == nullptr) return {};
  const auto* array = std::get_if<toml::Array>(&node->data);
  if (array == nullptr) return read(*node);
  if (array->empty() || array->size() > entries_max) {
    return toml::fail_at(node->position, fmt::format("{} must have 1 to {} entries", key, entries_max));
  }
  for (const auto& entry : *array) TRY_STATUS(read(entry));
  return {};
}

}  // namespace bailey::policy

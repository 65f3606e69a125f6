#include "toml/node.h"

#include <fmt/format.h>

namespace bailey::toml {

std::string to_string(const Position& position) {
  return fmt::format("{}:{}:{}", position.file ? *position.file : "", position.line, position.column);
}

std::string_view Node::kind() const {
  static constexpr std::string_view names[] = {"a date or time", "true or false", "a whole number", "a number",
                                               "a string",       "an array",      "a table"};
  return names[data.index()];
}

const Node* Node::find(std::string_view key) const {
  const auto* table = std::get_if<Table>(&data);
  if (table == nullptr) return nullptr;
  for (const auto& member : *table) {
    if (member.key == key) return &member.value;
  }
  return nullptr;
}

}  // namespace bailey::toml

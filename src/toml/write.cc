#include "toml/write.h"

#include <fmt/format.h>

#include <algorithm>
#include <cmath>

namespace bailey::toml {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    const auto byte = static_cast<unsigned char>(c);
    if (c == '"' || c == '\\') out.append(1, '\\').append(1, c);
    else if (byte < 0x20 || byte == 0x7f) out += fmt::format("\\u{:04X}", byte);
    else out += c;
  }
  return out + '"';
}

std::string key_of(std::string_view key) {
  const auto is_bare = [](char c) {
    return (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  };
  return !key.empty() && std::ranges::all_of(key, is_bare) ? std::string(key) : quoted(key);
}

std::string number(double value) {
  if (std::isnan(value)) return "nan";
  if (std::isinf(value)) return value < 0 ? "-inf" : "inf";
  std::string text = fmt::format("{}", value);
  return text.find_first_of(".e") == std::string::npos ? text + ".0" : text;
}

// On one line: arrays, and tables within them.
Status append_inline(std::string& out, const Node& node) {
  if (const auto* flag = std::get_if<bool>(&node.data)) out += *flag ? "true" : "false";
  else if (const auto* whole = std::get_if<std::int64_t>(&node.data)) out += std::to_string(*whole);
  else if (const auto* real = std::get_if<double>(&node.data)) out += number(*real);
  else if (const auto* text = std::get_if<std::string>(&node.data)) out += quoted(*text);
  else if (const auto* list = std::get_if<Array>(&node.data)) {
    out += '[';
    for (const auto& entry : *list) {
      if (&entry != list->data()) out += ", ";
      TRY_STATUS(append_inline(out, entry));
    }
    out += ']';
  } else if (const auto* table = std::get_if<Table>(&node.data)) {
    out += '{';
    for (const auto& member : *table) {
      if (&member != table->data()) out += ", ";
      out += key_of(member.key) + " = ";
      TRY_STATUS(append_inline(out, member.value));
    }
    out += '}';
  } else {
    return fail(to_string(node.position), "a date or time can't be written again");
  }
  return {};
}

// Values first: behind a header everything belongs to that table.
Status append_table(std::string& out, const Table& table, const std::string& name) {
  const auto is_table = [](const Member& member) { return std::holds_alternative<Table>(member.value.data); };
  if (!name.empty()) out += '[' + name + "]\n";
  for (const auto& member : table) {
    if (is_table(member)) continue;
    out += key_of(member.key) + " = ";
    TRY_STATUS(append_inline(out, member.value));
    out += '\n';
  }
  for (const auto& member : table) {
    if (!is_table(member)) continue;
    const std::string below = (name.empty() ? "" : name + '.') + key_of(member.key);
    TRY_STATUS(append_table(out, std::get<Table>(member.value.data), below));
  }
  return {};
}

}  // namespace

Result<std::string> write(const Node& root) {
  const auto* table = std::get_if<Table>(&root.data);
  if (table == nullptr) return fail("write TOML", "it is no table");
  std::string out;
  TRY_STATUS(append_table(out, *table, ""));
  return out;
}

}  // namespace bailey::toml

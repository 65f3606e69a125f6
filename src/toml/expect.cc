#include "toml/expect.h"

#include <fmt/format.h>
#include <fmt/ranges.h>

#include <algorithm>

#include "toml/nearest.h"

namespace bailey::toml {
namespace {

constexpr std::size_t shown_bytes_max = 80;

std::unexpected<Error> fail_kind(const Node& node, std::string_view what, std::string_view expected) {
  return fail_at(node.position, fmt::format("{} must be {}, not {}", what, expected, node.kind()));
}

}  // namespace

std::unexpected<Error> fail_at(const Position& position, std::string why, std::string remedy) {
  return fail(to_string(position), std::move(why), std::move(remedy));
}

Result<bool> expect_bool(const Node& node, std::string_view what) {
  if (const auto* value = std::get_if<bool>(&node.data)) return *value;
  return fail_kind(node, what, "true or false");
}

Result<std::int64_t> expect_whole(const Node& node, std::string_view what) {
  if (const auto* value = std::get_if<std::int64_t>(&node.data)) return *value;
  return fail_kind(node, what, "a whole number");
}

Result<double> expect_number(const Node& node, std::string_view what) {
  if (const auto* value = std::get_if<double>(&node.data)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&node.data)) return static_cast<double>(*value);
  return fail_kind(node, what, "a number");
}

Result<std::string> expect_string(const Node& node, std::string_view what) {
  if (const auto* value = std::get_if<std::string>(&node.data)) return *value;
  return fail_kind(node, what, "a string");
}

Result<const Array*> expect_array(const Node& node, std::string_view what) {
  if (const auto* value = std::get_if<Array>(&node.data)) return value;
  return fail_kind(node, what, "an array");
}

Status expect_keys(const Node& node, std::span<const std::string_view> known, std::string_view what) {
  const auto* table = std::get_if<Table>(&node.data);
  if (table == nullptr) return fail_kind(node, what, "a table");
  for (const auto& member : *table) {
    if (std::ranges::find(known, member.key) != known.end()) continue;
    auto unknown = unknown_word("key", member.key, known);
    if (!what.empty()) unknown.why += fmt::format(" in [{}]", what);
    return fail_at(member.position, std::move(unknown.why), std::move(unknown.remedy));
  }
  return {};
}

Result<std::size_t> expect_word(const Node& node, std::span<const std::string_view> words, std::string_view what) {
  const auto word = TRY(expect_string(node, what));
  const auto found = std::ranges::find(words, word);
  if (found != words.end()) return static_cast<std::size_t>(found - words.begin());
  auto unknown = unknown_word(what, word, words);
  return fail_at(node.position, std::move(unknown.why), std::move(unknown.remedy));
}

UnknownWord unknown_word(std::string_view kind, std::string_view word, std::span<const std::string_view> known) {
  UnknownWord result{.why = fmt::format("unknown {} '{}'", kind, word.substr(0, shown_bytes_max)), .remedy = {}};
  if (const auto near = nearest(word, known); !near.empty()) {
    result.remedy = fmt::format("did you mean '{}'?", near);
  } else {
    result.remedy = fmt::format("use one of: {}", fmt::join(known, ", "));
  }
  return result;
}

}  // namespace bailey::toml

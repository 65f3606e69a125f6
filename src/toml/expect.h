// Nodes to typed values. Every error starts with "file:line:column" and says what was expected and what is there.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>

#include "base/result.h"
#include "toml/node.h"

namespace bailey::toml {

// For checks of one's own on a value.
[[nodiscard]] std::unexpected<Error> fail_at(const Position& position, std::string why, std::string remedy = {});

// `what` is the key as the reader knows it ("limits.memory").
[[nodiscard]] Result<bool> expect_bool(const Node& node, std::string_view what);
[[nodiscard]] Result<std::int64_t> expect_whole(const Node& node, std::string_view what);
[[nodiscard]] Result<double> expect_number(const Node& node, std::string_view what);  // whole numbers as well
[[nodiscard]] Result<std::string> expect_string(const Node& node, std::string_view what);
// Borrowed from the node.
[[nodiscard]] Result<const Array*> expect_array(const Node& node, std::string_view what);

// `node` must be a table with no other keys than `known`; a wrong one is answered with the nearest known one.
// `what` is empty for the root.
[[nodiscard]] Status expect_keys(const Node& node, std::span<const std::string_view> known, std::string_view what);

// For words from a list: `node` must be a string; the error names the nearest word, or all of them.
[[nodiscard]] Result<std::size_t> expect_word(const Node& node, std::span<const std::string_view> words,
                                              std::string_view what);

// "'x' is not one of a, b, c" and "did you mean 'b'?", for words that do not come from a file too.
struct UnknownWord {
  std::string why;
  std::string remedy;
};
[[nodiscard]] UnknownWord unknown_word(std::string_view kind, std::string_view word,
                                       std::span<const std::string_view> known);

}  // namespace bailey::toml

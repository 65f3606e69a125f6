// "Did you mean": the known word that a mistyped one stands for.
#pragma once

#include <span>
#include <string_view>

namespace bailey::toml {

// The nearest of `known` by edits (insert, delete, replace, swap of neighbours), when it is near enough to be meant:
// at most one edit for each three letters. Empty otherwise.
[[nodiscard]] std::string_view nearest(std::string_view word, std::span<const std::string_view> known);

}  // namespace bailey::toml

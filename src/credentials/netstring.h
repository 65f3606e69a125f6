// Netstrings: "5:hello,". No text is escaped, so what holds a secret is copied nowhere but where it is wanted.
#pragma once

#include <charconv>
#include <cstddef>
#include <optional>
#include <string_view>

namespace bailey::credentials {

// All of it is digits (and a sign, where the number may have one).
template <typename Number>
bool read_digits(std::string_view digits, Number& number) {
  const auto [end, error] = std::from_chars(digits.data(), digits.data() + digits.size(), number);
  return error == std::errc() && end == digits.data() + digits.size();
}

// Takes the first one off `rest`; nullopt, and `rest` as it was, when it is malformed or longer than `bytes_max`.
inline std::optional<std::string_view> take_netstring(std::string_view& rest, std::size_t bytes_max) {
  constexpr std::size_t digits_max = 7;
  const std::size_t colon = rest.substr(0, digits_max + 1).find(':');
  std::size_t size = 0;
  if (colon == std::string_view::npos || !read_digits(rest.substr(0, colon), size) || size > bytes_max) return {};
  if (colon > 1 && rest.front() == '0') return {};
  if (rest.size() - colon - 1 <= size || rest[colon + 1 + size] != ',') return {};
  const auto text = rest.substr(colon + 1, size);
  rest.remove_prefix(colon + 2 + size);
  return text;
}

}  // namespace bailey::credentials

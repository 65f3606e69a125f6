#include "gateway/json_field.h"

#include <algorithm>
#include <charconv>

#include "base/text.h"

namespace bailey::gateway {
namespace {

// ~1 is '/', ~0 is '~'.
std::string token_of(std::string_view escaped) {
  std::string token;
  for (std::size_t i = 0; i < escaped.size(); ++i) {
    if (escaped[i] == '~' && i + 1 < escaped.size()) token += escaped[++i] == '1' ? '/' : '~';
    else token += escaped[i];
  }
  return token;
}

const json::Value* element(const json::Array& array, std::string_view token) {
  std::size_t number = 0;
  const auto [end, error] = std::from_chars(token.data(), token.data() + token.size(), number);
  const bool is_number =
      error == std::errc() && end == token.data() + token.size() && (token.size() == 1 || token[0] != '0');
  return is_number && number < array.size() ? &array[number] : nullptr;
}

}  // namespace

const json::Value* at_pointer(const json::Value& value, std::string_view pointer) {
  const json::Value* at = &value;
  if (pointer.empty()) return at;
  if (pointer.front() != '/') return nullptr;
  for (const auto escaped : split(pointer.substr(1), '/')) {
    const std::string token = token_of(escaped);
    if (const json::Array* const array = at->as_array()) at = element(*array, token);
    else at = at->find(token);
    if (at == nullptr) return nullptr;
  }
  return at;
}

bool needs_no_json_escape(std::string_view text) {
  return is_utf8(text) && std::ranges::none_of(text, [](char c) {
           return c == '"' || c == '\\' || static_cast<unsigned char>(c) < 0x20;
         });
}

std::size_t count_of(std::string_view text, std::string_view part) {
  std::size_t count = 0;
  for (auto at = text.find(part); at != std::string_view::npos; at = text.find(part, at + 1)) ++count;
  return count;
}

}  // namespace bailey::gateway

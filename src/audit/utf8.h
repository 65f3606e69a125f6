// One code point at a time (RFC 3629), for the canonical form of texts that may hold any bytes.
#pragma once

#include <string>
#include <string_view>

namespace bailey::audit {

struct CodePoint {
  char32_t code = 0;
  std::size_t bytes = 0;  // 0: the text does not start with UTF-8
};
// Of a text that is not empty.
[[nodiscard]] constexpr CodePoint first_code_point(std::string_view text) {
  const auto lead = static_cast<unsigned char>(text[0]);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() < bytes) return {};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if ((byte & 0xC0U) != 0x80) return {};
    code = (code << 6U) | (byte & 0x3FU);
  }
  const char32_t smallest = bytes == 2 ? 0x80 : bytes == 3 ? 0x800 : 0x10000;
  const bool surrogate = code >= 0xD800 && code <= 0xDFFF;
  if (code < smallest || code > 0x10FFFF || surrogate) return {};
  return {code, bytes};
}

// `code` is a Unicode scalar value.
inline void append_utf8(std::string& out, char32_t code) {
  const auto put = [&out](char32_t byte) { out += static_cast<char>(byte); };
  const auto tail = [&put](char32_t bits) { put(0x80U | (bits & 0x3FU)); };
  if (code < 0x80) return put(code);
  if (code < 0x800) return put(0xC0U | (code >> 6U)), tail(code);
  if (code < 0x10000) return put(0xE0U | (code >> 12U)), tail(code >> 6U), tail(code);
  put(0xF0U | (code >> 18U)), tail(code >> 12U), tail(code >> 6U), tail(code);
}

}  // namespace bailey::audit

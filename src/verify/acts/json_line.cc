#include "verify/acts/json_line.h"

#include <cstdio>

namespace bailey::verify {
namespace {

constexpr std::size_t member_bytes_max = 1800;  // a key and the longest value, every byte escaped
static_assert(member_bytes_max * 2 < json_line_bytes_max);

}  // namespace

void JsonLine::quoted(const char* text) {
  put('"');
  const std::size_t end = size_ + member_bytes_max;
  for (; *text != '\0' && size_ < end; ++text) {
    const auto byte = static_cast<unsigned char>(*text);
    if (byte >= 0x20 && byte < 0x7f && byte != '"' && byte != '\\') {
      put(static_cast<char>(byte));
      continue;
    }
    char escape[8];
    std::snprintf(escape, sizeof escape, "\\u%04x", byte);
    for (const char* each = escape; *each != '\0'; ++each) put(*each);
  }
  put('"');
}

void JsonLine::key(const char* name) {
  if (size_ > 1) put(',');
  quoted(name);
  put(':');
}

void JsonLine::text(const char* name, const char* value) {
  if (size_ + member_bytes_max + 64 > json_line_bytes_max) return;
  key(name);
  quoted(value);
}

void JsonLine::number(const char* name, long long value) {
  if (size_ + 64 > json_line_bytes_max) return;
  key(name);
  char digits[24];
  std::snprintf(digits, sizeof digits, "%lld", value);
  for (const char* each = digits; *each != '\0'; ++each) put(*each);
}

const char* JsonLine::finish() {
  bytes_[size_] = '}';
  bytes_[size_ + 1] = '\0';
  return bytes_;
}

}  // namespace bailey::verify

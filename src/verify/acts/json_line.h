// A flat JSON object (RFC 8259) into a fixed buffer, for bailey-probe, which links nothing but libc.
#pragma once

#include <cstddef>

namespace bailey::verify {

inline constexpr std::size_t json_line_bytes_max = 4096;

// Text that does not fit is left out, and the object is still closed. Bytes that are not printable ASCII are escaped
// one by one, so that no name of a file can break the line or the reader's terminal.
class JsonLine {
 public:
  JsonLine() { put('{'); }
  void text(const char* key, const char* value);
  void number(const char* key, long long value);
  // With the closing brace; valid as long as this object.
  [[nodiscard]] const char* finish();

 private:
  void put(char byte) {
    if (size_ < json_line_bytes_max) bytes_[size_++] = byte;
  }
  void key(const char* name);
  void quoted(const char* text);

  char bytes_[json_line_bytes_max + 2] = {};  // room for the brace and a NUL
  std::size_t size_ = 0;
};

}  // namespace bailey::verify

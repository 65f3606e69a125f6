// Integers and strings of the control protocol: big-endian, strings behind a u32 length.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bailey::session::wire {

inline void put_u8(std::string& to, std::uint8_t value) { to += static_cast<char>(value); }
inline void put_u16(std::string& to, std::uint16_t value) {
  put_u8(to, static_cast<std::uint8_t>(value >> 8));
  put_u8(to, static_cast<std::uint8_t>(value));
}
inline void put_u32(std::string& to, std::uint32_t value) {
  put_u16(to, static_cast<std::uint16_t>(value >> 16));
  put_u16(to, static_cast<std::uint16_t>(value));
}
inline void put_u64(std::string& to, std::uint64_t value) {
  put_u32(to, static_cast<std::uint32_t>(value >> 32));
  put_u32(to, static_cast<std::uint32_t>(value));
}
inline void put_flag(std::string& to, bool value) { put_u8(to, value ? 1 : 0); }
inline void put_string(std::string& to, std::string_view text) {
  put_u32(to, static_cast<std::uint32_t>(text.size()));
  to += text;
}

// Reads from a view. The first thing that is not there makes everything after it zero or empty and is_good() false, so
// that a reader of a message checks once, at its end.
class Reader {
 public:
  explicit Reader(std::string_view bytes) : bytes_(bytes) {}

  std::string_view bytes(std::size_t count) {
    if (count > bytes_.size()) fail();
    if (!good_) return {};
    const std::string_view taken = bytes_.substr(0, count);
    bytes_.remove_prefix(count);
    return taken;
  }
  std::string_view rest() { return bytes(bytes_.size()); }
  std::uint8_t u8() { return static_cast<std::uint8_t>(integer(1)); }
  std::uint16_t u16() { return static_cast<std::uint16_t>(integer(2)); }
  std::uint32_t u32() { return integer(4); }
  std::uint64_t u64() {
    const std::uint64_t high = u32();
    return high << 32 | u32();
  }
  bool flag() {
    const std::uint8_t value = u8();
    if (value > 1) fail();
    return value == 1;
  }
  std::string_view string() { return bytes(u32()); }

  void fail() { good_ = false; }
  [[nodiscard]] bool is_good() const { return good_; }
  [[nodiscard]] bool is_at_end() const { return bytes_.empty(); }

 private:
  std::uint32_t integer(std::size_t size) {
    std::uint32_t value = 0;
    for (const char c : bytes(size)) value = value << 8 | static_cast<std::uint8_t>(c);
    return value;
  }

  std::string_view bytes_;
  bool good_ = true;
};

}  // namespace bailey::session::wire

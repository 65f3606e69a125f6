// The bytes between supervisor and init: fixed-width little-endian numbers and length-prefixed, NUL-terminated strings.
// The writer lives in the supervisor; the reader in init, where nothing is allocated and no exception exists. Both
// are trusted, yet the reader checks every bound: a bug must not become a memory error in PID 1.
#pragma once

#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

namespace bailey::init {

class WireWriter {
 public:
  void u8(std::uint8_t value) { raw(&value, sizeof value); }
  void u32(std::uint32_t value) { raw(&value, sizeof value); }
  void u64(std::uint64_t value) { raw(&value, sizeof value); }
  void text(std::string_view value) {
    u32(static_cast<std::uint32_t>(value.size()));
    bytes_.append(value).push_back('\0');
  }
  [[nodiscard]] const std::string& bytes() const { return bytes_; }

 private:
  void raw(const void* data, std::size_t size) { bytes_.append(static_cast<const char*>(data), size); }
  std::string bytes_;
};

// Every read past the end yields zero or "" and makes ok() false for good.
class WireReader {
 public:
  WireReader(const char* data, std::size_t size) : at_(data), end_(data + size) {}

  std::uint8_t u8() { return number<std::uint8_t>(); }
  std::uint32_t u32() { return number<std::uint32_t>(); }
  std::uint64_t u64() { return number<std::uint64_t>(); }
  // Points into the buffer; the byte behind it is NUL.
  std::string_view text() {
    const std::uint32_t size = u32();
    if (!ok_ || static_cast<std::size_t>(end_ - at_) < std::size_t{size} + 1 || at_[size] != '\0') {
      ok_ = false;
      return {"", 0};
    }
    const std::string_view value(at_, size);
    at_ += size + 1;
    return value;
  }
  [[nodiscard]] bool ok() const { return ok_; }

 private:
  template <typename T>
  T number() {
    T value{};
    if (!ok_ || static_cast<std::size_t>(end_ - at_) < sizeof value) {
      ok_ = false;
      return T{};
    }
    std::memcpy(&value, at_, sizeof value);
    at_ += sizeof value;
    return value;
  }

  const char* at_;
  const char* end_;
  bool ok_ = true;
};

}  // namespace bailey::init

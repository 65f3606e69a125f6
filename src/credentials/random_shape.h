// Random characters that keep the shape of a text: the inside of placeholder.h and web_token.h.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

namespace bailey::credentials {

// Bytes from a seed, as many as are asked for: SHA-256 over seed, label and a counter.
class SeededBytes {
 public:
  SeededBytes(std::string_view seed, std::string_view label, std::uint64_t attempt);
  [[nodiscard]] std::uint8_t next();
  [[nodiscard]] std::uint32_t below(std::uint32_t bound);  // bound at most 2^16; the bias is below 2^-8 of a bit

 private:
  std::string key_;
  std::string block_;
  std::size_t used_ = 0;
  std::uint64_t counter_ = 0;
};

// Letters and digits of `text` from `kept_bytes` on are replaced by random ones of their kind.
[[nodiscard]] std::string same_shape(std::string_view text, std::size_t kept_bytes, SeededBytes& bytes);
// How many bits same_shape() draws for it.
[[nodiscard]] double bits_of_shape(std::string_view text);

}  // namespace bailey::credentials

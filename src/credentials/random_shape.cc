#include "credentials/random_shape.h"

#include <algorithm>
#include <cmath>

#include "base/digest.h"

namespace bailey::credentials {
namespace {

bool is_upper(char c) { return c >= 'A' && c <= 'Z'; }
bool is_lower(char c) { return c >= 'a' && c <= 'z'; }
bool is_digit(char c) { return c >= '0' && c <= '9'; }
bool is_variable(char c) { return is_upper(c) || is_lower(c) || is_digit(c); }

std::string bytes_of(std::uint64_t number) {
  std::string bytes;
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(number >> shift);
  return bytes;
}

// Letters that the text's alphabet has: a to f when all of it is hexadecimal (0x and dashes of a UUID aside).
std::uint32_t letters_of(std::string_view text) {
  const bool is_hex = std::ranges::all_of(
      text, [](char c) { return !is_variable(c) || is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F'); });
  return is_hex ? 6 : 26;
}

}  // namespace

SeededBytes::SeededBytes(std::string_view seed, std::string_view label, std::uint64_t attempt)
    : key_(sha256({seed, bytes_of(label.size()), label, bytes_of(attempt)})) {}

std::uint8_t SeededBytes::next() {
  if (used_ == block_.size()) {
    block_ = sha256({key_, bytes_of(counter_++)});
    used_ = 0;
  }
  return static_cast<std::uint8_t>(block_[used_++]);
}

std::uint32_t SeededBytes::below(std::uint32_t bound) {
  const std::uint32_t high = next();
  const std::uint32_t middle = next();
  return ((high << 16) | (middle << 8) | next()) % bound;
}

std::string same_shape(std::string_view text, std::size_t kept_bytes, SeededBytes& bytes) {
  const std::uint32_t letters = letters_of(text.substr(std::min(kept_bytes, text.size())));
  std::string shaped(text);
  for (std::size_t i = kept_bytes; i < shaped.size(); ++i) {
    char& c = shaped[i];
    if (is_digit(c)) c = static_cast<char>('0' + bytes.below(10));
    else if (is_lower(c)) c = static_cast<char>('a' + bytes.below(letters));
    else if (is_upper(c)) c = static_cast<char>('A' + bytes.below(letters));
  }
  return shaped;
}

double bits_of_shape(std::string_view text) {
  const double letter_bits = std::log2(letters_of(text));
  double bits = 0;
  for (const char c : text) {
    if (is_digit(c)) bits += std::log2(10.0);
    else if (is_variable(c)) bits += letter_bits;
  }
  return bits;
}

}  // namespace bailey::credentials

#include "credentials/ssh_wire.h"

namespace bailey::credentials {

std::optional<std::uint8_t> SshReader::byte() {
  if (rest_.empty()) return std::nullopt;
  const auto value = static_cast<std::uint8_t>(rest_.front());
  rest_.remove_prefix(1);
  return value;
}

std::optional<std::uint32_t> SshReader::number() {
  if (rest_.size() < 4) return std::nullopt;
  std::uint32_t value = 0;
  for (const char c : rest_.substr(0, 4)) value = value << 8 | static_cast<std::uint8_t>(c);
  rest_.remove_prefix(4);
  return value;
}

std::optional<bool> SshReader::boolean() {
  const auto value = byte();
  if (!value) return std::nullopt;
  return *value != 0;
}

std::optional<std::string_view> SshReader::string() {
  const auto size = number();
  if (!size || *size > rest_.size()) return std::nullopt;
  const auto value = rest_.substr(0, *size);
  rest_.remove_prefix(*size);
  return value;
}

std::optional<std::string_view> SshReader::positive_mpint() {
  auto value = string();
  if (!value || value->empty() || (static_cast<unsigned char>(value->front()) & 0x80) != 0) return std::nullopt;
  while (!value->empty() && value->front() == '\0') value->remove_prefix(1);
  if (value->empty()) return std::nullopt;
  return value;
}

void put_byte(std::string& out, std::uint8_t value) { out += static_cast<char>(value); }

void put_number(std::string& out, std::uint32_t value) {
  for (int shift = 24; shift >= 0; shift -= 8) out += static_cast<char>(value >> shift & 0xff);
}

void put_string(std::string& out, std::string_view value) {
  put_number(out, static_cast<std::uint32_t>(value.size()));
  out += value;
}

}  // namespace bailey::credentials

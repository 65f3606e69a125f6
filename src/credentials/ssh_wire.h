// The data types of SSH (RFC 4251, section 5): read from a span that may be anybody's, written into a string. Pure.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bailey::credentials {

// Each call takes a value off the front; nullopt: there is no such value, and the reader is of no further use.
class SshReader {
 public:
  explicit SshReader(std::string_view bytes) : rest_(bytes) {}
  [[nodiscard]] std::optional<std::uint8_t> byte();
  [[nodiscard]] std::optional<std::uint32_t> number();
  [[nodiscard]] std::optional<bool> boolean();             // any byte but 0 is true
  [[nodiscard]] std::optional<std::string_view> string();  // borrowed
  // A whole number without its sign byte, big endian; negative ones are refused.
  [[nodiscard]] std::optional<std::string_view> positive_mpint();
  [[nodiscard]] bool at_end() const { return rest_.empty(); }

 private:
  std::string_view rest_;
};

void put_byte(std::string& out, std::uint8_t value);
void put_number(std::string& out, std::uint32_t value);
void put_string(std::string& out, std::string_view value);

}  // namespace bailey::credentials

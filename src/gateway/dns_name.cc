#include "gateway/dns_name.h"

#include <cstdint>

namespace bailey::gateway {
namespace {

constexpr unsigned label_type_mask = 0xC0;
constexpr unsigned label_type_pointer = 0xC0;

unsigned byte_at(std::string_view bytes, std::size_t offset) { return static_cast<std::uint8_t>(bytes[offset]); }

void append_escaped(std::string& out, char character) {
  const unsigned byte = static_cast<std::uint8_t>(character);
  if (character == '.' || character == '\\') {
    out += '\\';
    out += character;
  } else if (byte <= 0x20 || byte >= 0x7F) {
    out += '\\';
    out += static_cast<char>('0' + byte / 100);
    out += static_cast<char>('0' + byte / 10 % 10);
    out += static_cast<char>('0' + byte % 10);
  } else {
    out += character >= 'A' && character <= 'Z' ? static_cast<char>(character - 'A' + 'a') : character;
  }
}

}  // namespace

std::optional<DnsName> DnsName::from_dotted(std::string_view text) {
  if (text == ".") return DnsName();
  if (text.ends_with('.')) text.remove_suffix(1);
  std::string wire;
  while (true) {
    const std::string_view label = text.substr(0, text.find('.'));
    if (label.empty() || label.size() > label_bytes_max) return std::nullopt;
    wire += static_cast<char>(label.size());
    wire += label;
    if (wire.size() >= name_bytes_max) return std::nullopt;
    if (label.size() == text.size()) break;
    text.remove_prefix(label.size() + 1);
  }
  wire += '\0';
  return DnsName(std::move(wire));
}

std::optional<DnsName> DnsName::read(std::string_view message, std::size_t& offset, Pointers pointers) {
  std::string wire;
  std::size_t at = offset;
  std::size_t pointer_limit = offset;  // a pointer leads to before everything that was read of this name
  std::optional<std::size_t> behind;   // where the name ends in place: behind the first pointer
  while (true) {
    if (at >= message.size()) return std::nullopt;
    const unsigned length = byte_at(message, at);
    if ((length & label_type_mask) == label_type_pointer) {
      if (pointers == Pointers::refused || at + 1 >= message.size()) return std::nullopt;
      const std::size_t target = (length & ~label_type_mask) << 8 | byte_at(message, at + 1);
      if (target >= pointer_limit) return std::nullopt;
      if (!behind) behind = at + 2;
      at = pointer_limit = target;
      continue;
    }
    if ((length & label_type_mask) != 0 || message.size() - at - 1 < length) return std::nullopt;
    wire += message.substr(at, length + 1);
    at += length + 1;
    if (wire.size() > name_bytes_max) return std::nullopt;
    if (length == 0) break;
  }
  offset = behind.value_or(at);
  return DnsName(std::move(wire));
}

std::vector<std::string_view> DnsName::labels() const {
  std::vector<std::string_view> labels;
  std::string_view rest = wire_;
  while (const std::size_t length = byte_at(rest, 0)) {
    labels.push_back(rest.substr(1, length));
    rest.remove_prefix(length + 1);
  }
  return labels;
}

std::string DnsName::to_text() const {
  if (is_root()) return ".";
  std::string text;
  for (const std::string_view label : labels()) {
    if (!text.empty()) text += '.';
    for (const char character : label) append_escaped(text, character);
  }
  return text;
}

}  // namespace bailey::gateway

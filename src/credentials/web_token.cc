#include "credentials/web_token.h"

#include <array>
#include <vector>

#include "base/text.h"
#include "credentials/looks_secret.h"
#include "json/read.h"
#include "json/write.h"

namespace bailey::credentials {
namespace {

constexpr std::string_view alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
constexpr std::size_t signature_bytes_min = 22;  // 128 bits and more

struct Parts {
  std::string_view header;
  std::string_view claims;
  std::string_view signature;
  json::Value claims_value;
};

std::optional<json::Value> object_of(std::string_view part) {
  const auto text = from_base64url(part);
  if (!text) return std::nullopt;
  auto value = json::read(*text, "token");
  if (!value || value->as_object() == nullptr) return std::nullopt;
  return std::move(*value);
}

std::optional<Parts> parts_of(std::string_view token) {
  if (token.size() > web_token_bytes_max) return std::nullopt;
  const auto parts = split(token, '.');
  if (parts.size() != 3 || !from_base64url(parts[2]) || !object_of(parts[0])) return std::nullopt;
  auto claims = object_of(parts[1]);
  if (!claims) return std::nullopt;
  return Parts{parts[0], parts[1], parts[2], std::move(*claims)};
}

void replace_secrets(json::Value& value, std::string_view key, SeededBytes& bytes) {
  if (const auto* text = value.as_string(); text != nullptr && looks_secret(key, *text)) {
    value = same_shape(*text, 0, bytes);
  } else if (auto* list = value.as_array()) {
    for (auto& entry : *list) replace_secrets(entry, key, bytes);
  } else if (auto* members = value.as_object()) {
    for (auto& [name, member] : *members) replace_secrets(member, name, bytes);
  }
}

std::string random_signature(std::size_t size, SeededBytes& bytes) {
  std::string text;
  for (std::size_t i = 0; i < size; ++i) text += alphabet[bytes.below(64)];
  // Four characters are three bytes; of a rest the last bits must be zero.
  if (size % 4 == 2) text.back() = alphabet[bytes.below(4) * 16];
  if (size % 4 == 3) text.back() = alphabet[bytes.below(16) * 4];
  return text;
}

// The length that is left for a signature when the rest takes `used`; nullopt: none of that length can be one.
std::optional<std::size_t> signature_size(std::size_t size, std::size_t used) {
  if (used + signature_bytes_min > size || (size - used) % 4 == 1) return std::nullopt;
  return size - used;
}

}  // namespace

bool is_web_token(std::string_view text) { return parts_of(text).has_value(); }

std::optional<std::string> web_token_placeholder(std::string_view token, SeededBytes& bytes) {
  auto parts = parts_of(token);
  if (!parts) return std::nullopt;
  if (const auto* expiry = parts->claims_value.find("exp"); expiry != nullptr && expiry->as_double())
    parts->claims_value.set("exp", far_expiry_seconds);
  replace_secrets(parts->claims_value, "", bytes);
  std::string claims = json::write(parts->claims_value);
  for (std::size_t spaces = 0; spaces < 4; ++spaces, claims += ' ') {
    const std::string text = std::string(parts->header) + '.' + to_base64url(claims) + '.';
    if (const auto size = signature_size(token.size(), text.size())) return text + random_signature(*size, bytes);
  }
  return std::nullopt;
}

std::optional<std::string> from_base64url(std::string_view text) {
  if (text.size() % 4 == 1) return std::nullopt;
  std::string bytes;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : text) {
    const auto digit = alphabet.find(c);
    if (digit == std::string_view::npos) return std::nullopt;
    bits = (bits << 6 | static_cast<std::uint32_t>(digit)) & 0xffff;
    count += 6;
    if (count < 8) continue;
    count -= 8;
    bytes += static_cast<char>(bits >> count & 0xff);
  }
  if ((bits & ((1U << count) - 1)) != 0) return std::nullopt;
  return bytes;
}

std::string to_base64url(std::string_view bytes) {
  std::string text;
  std::uint32_t bits = 0;
  int count = 0;
  for (const char c : bytes) {
    bits = (bits << 8 | static_cast<unsigned char>(c)) & 0xffff;
    for (count += 8; count >= 6; count -= 6) text += alphabet[bits >> (count - 6) & 63];
  }
  if (count > 0) text += alphabet[bits << (6 - count) & 63];
  return text;
}

}  // namespace bailey::credentials

#include "gateway/credential_fields.h"

#include <openssl/evp.h>

#include <algorithm>
#include <array>

#include "credentials/secret_text.h"
#include "gateway/http_fields.h"

namespace bailey::gateway {
namespace {

constexpr std::string_view basic = "basic";
constexpr std::string_view hex_digits = "0123456789ABCDEF";

bool is_unreserved(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '.' ||
         c == '_' || c == '~';
}

int hex_digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  const char lower = to_lower_ascii(c);
  return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

std::string base64(std::string_view bytes) {
  std::string text(4 * ((bytes.size() + 2) / 3) + 1, '\0');
  const int size =
      ::EVP_EncodeBlock(reinterpret_cast<unsigned char*>(text.data()),
                        reinterpret_cast<const unsigned char*>(bytes.data()), static_cast<int>(bytes.size()));
  text.resize(static_cast<std::size_t>(size));
  return text;
}

// Only what encodes to the same text again.
std::optional<std::string> unbase64(std::string_view text) {
  if (text.empty() || text.size() % 4 != 0) return std::nullopt;
  std::string bytes(text.size(), '\0');
  const int size =
      ::EVP_DecodeBlock(reinterpret_cast<unsigned char*>(bytes.data()),
                        reinterpret_cast<const unsigned char*>(text.data()), static_cast<int>(text.size()));
  if (size < 0) return std::nullopt;
  const auto padding = static_cast<std::size_t>(std::count(text.end() - 2, text.end(), '='));
  bytes.resize(static_cast<std::size_t>(size) - padding);
  std::string again = base64(bytes);
  const bool is_same = again == text;
  credentials::wipe(again);
  if (!is_same) return std::nullopt;
  return bytes;
}

}  // namespace

UserAndPassword::~UserAndPassword() {
  credentials::wipe(user);
  credentials::wipe(password);
}

SchemeAndCredential split_credential(std::string_view field_value) {
  const auto space = field_value.find(' ');
  if (space == std::string_view::npos || !is_token(field_value.substr(0, space))) return {{}, field_value};
  return {field_value.substr(0, space), field_value.substr(space + 1)};
}

std::optional<UserAndPassword> parse_basic(std::string_view field_value) {
  const auto [scheme, credential] = split_credential(field_value);
  if (!equals_ignoring_case(scheme, basic)) return std::nullopt;
  auto bytes = unbase64(credential);
  if (!bytes) return std::nullopt;
  const auto colon = bytes->find(':');
  if (colon == std::string::npos) return std::nullopt;
  UserAndPassword result{bytes->substr(0, colon), bytes->substr(colon + 1)};
  credentials::wipe(*bytes);
  return result;
}

std::string basic_of(std::string_view user, std::string_view password) {
  std::string both;
  both.reserve(user.size() + password.size() + 1);
  both.append(user).append(":").append(password);
  std::string encoded = base64(both);
  std::string value;
  value.reserve(encoded.size() + basic.size() + 1);
  value.append("Basic ").append(encoded);
  credentials::wipe(both);
  credentials::wipe(encoded);
  return value;
}

std::vector<QueryParameter> query_parameters(std::string_view path) {
  std::vector<QueryParameter> parameters;
  const auto mark = path.find('?');
  if (mark == std::string_view::npos) return parameters;
  std::string_view rest = path.substr(mark + 1);
  while (!rest.empty()) {
    const auto end = std::min(rest.find('&'), rest.size());
    const std::string_view one = rest.substr(0, end);
    const auto equals = std::min(one.find('='), one.size());
    parameters.push_back({one.substr(0, equals), one.substr(std::min(equals + 1, one.size()))});
    rest.remove_prefix(std::min(end + 1, rest.size()));
  }
  return parameters;
}

std::string percent_decoded(std::string_view text) {
  std::string result;
  result.reserve(text.size());
  for (std::size_t i = 0; i < text.size(); ++i) {
    const bool is_escape =
        text[i] == '%' && i + 2 < text.size() && hex_digit(text[i + 1]) >= 0 && hex_digit(text[i + 2]) >= 0;
    if (is_escape) {
      result += static_cast<char>(hex_digit(text[i + 1]) * 16 + hex_digit(text[i + 2]));
      i += 2;
    } else {
      result += text[i];
    }
  }
  return result;
}

std::string percent_encoded(std::string_view text) {
  std::string result;
  result.reserve(3 * text.size());
  for (const char c : text) {
    if (is_unreserved(c)) {
      result += c;
      continue;
    }
    const auto byte = static_cast<unsigned char>(c);
    result += '%';
    result += hex_digits[byte >> 4U];
    result += hex_digits[byte & 15U];
  }
  return result;
}

bool is_credential_field(std::string_view name) {
  constexpr std::array<std::string_view, 9> known = {"authorization",  "x-api-key",     "api-key",
                                                     "x-goog-api-key", "private-token", "job-token",
                                                     "x-auth-token",   "x-auth-key",    "x-access-token"};
  return std::ranges::any_of(known, [&](std::string_view each) { return equals_ignoring_case(name, each); });
}

}  // namespace bailey::gateway

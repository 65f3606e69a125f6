#include "credentials/looks_secret.h"

#include <algorithm>
#include <array>
#include <cmath>
#include <string>

#include "credentials/keep.h"
#include "credentials/placeholder.h"

namespace bailey::credentials {
namespace {

constexpr std::size_t random_bytes_min = 20;  // what is shorter is told by its key or prefix only
constexpr double random_bits_per_byte = 3.4;
constexpr std::size_t path_run_bytes_min = 32;  // of a path, without a separator
constexpr std::size_t uuid_bytes = 36;

// Of a key in lower case without separators: apiKey, api_key and API-KEY are apikey.
constexpr std::string_view parts_of_names[] = {"token",   "secret",        "password",   "passwd",     "passphrase",
                                               "apikey",  "privatekey",    "accesskey",  "credential", "authorization",
                                               "bearer",  "cookie",        "sessionkey", "signature",  "clientkey",
                                               "authkey", "encryptionkey", "webhook"};
constexpr std::string_view whole_names[] = {"key", "auth", "pass", "pwd", "pat", "jwt"};
// They have such a part, and say how or how long instead of what.
constexpr std::string_view ends_of_harmless[] = {"type",    "limit", "count",  "expires", "expiresat", "maxtokens",
                                                 "enabled", "scope", "scopes", "at",      "helper"};

std::string plain_name(std::string_view key) {
  std::string name;
  for (const char c : key) {
    if (c >= 'A' && c <= 'Z') name += static_cast<char>(c - 'A' + 'a');
    else if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) name += c;
  }
  return name;
}

bool names_secret(std::string_view key) {
  const std::string name = plain_name(key);
  if (std::ranges::find(whole_names, name) != std::end(whole_names)) return true;
  const auto is_in = [&](std::string_view part) { return name.find(part) != std::string::npos; };
  if (!std::ranges::any_of(parts_of_names, is_in)) return name.ends_with("key");
  return std::ranges::none_of(ends_of_harmless, [&](std::string_view end) { return name.ends_with(end); });
}

bool is_uuid(std::string_view value) {
  if (value.size() != uuid_bytes) return false;
  for (std::size_t i = 0; i < value.size(); ++i) {
    const bool is_dash = i == 8 || i == 13 || i == 18 || i == 23;
    if (is_dash ? value[i] != '-' : std::string_view("0123456789abcdefABCDEF").find(value[i]) == std::string_view::npos)
      return false;
  }
  return true;
}

// One word of a key's alphabet with digits in it, in which no character is much more frequent than others.
bool is_random(std::string_view value) {
  if (value.size() < random_bytes_min || is_uuid(value)) return false;
  std::array<std::size_t, 256> counts{};
  bool has_digit = false;
  bool has_letter = false;
  for (const char c : value) {
    const bool is_digit = c >= '0' && c <= '9';
    const bool is_letter = (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
    if (!is_digit && !is_letter && std::string_view("+/=_-.~").find(c) == std::string_view::npos) return false;
    has_digit |= is_digit;
    has_letter |= is_letter;
    ++counts[static_cast<unsigned char>(c)];
  }
  if (!has_digit || !has_letter) return false;
  // Paths and names of models: words between separators. A key has long runs without one.
  std::size_t run = 0;
  std::size_t longest = 0;
  for (const char c : value) {
    run = std::string_view("/-_.~").find(c) == std::string_view::npos ? run + 1 : 0;
    longest = std::max(longest, run);
  }
  const bool is_path = value.starts_with('/') || value.starts_with("~/") || value.starts_with("./");
  if (longest < (is_path ? path_run_bytes_min : random_bytes_min / 2)) return false;
  double bits = 0;
  for (const auto count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(value.size());
    bits -= share * std::log2(share);
  }
  return bits >= random_bits_per_byte;
}

// "https://user:password@host/": the part that is one.
bool has_login(std::string_view value) {
  const auto scheme = value.find("://");
  if (scheme == std::string_view::npos) return false;
  const auto rest = value.substr(scheme + 3);
  const auto at = rest.substr(0, rest.find('/')).rfind('@');
  return at != std::string_view::npos && rest.substr(0, at).find(':') != std::string_view::npos;
}

}  // namespace

bool looks_secret(std::string_view key, std::string_view value) {
  if (value.size() < kept_value_bytes_min) return false;
  if (value.find_first_of(" \t\n") != std::string_view::npos && !value.starts_with("Bearer ") &&
      !value.starts_with("Basic ") && !value.starts_with("-----BEGIN "))
    return names_secret(key) && value.size() < 200 && value.find(". ") == std::string_view::npos;
  if (value.starts_with("Bearer ") || value.starts_with("Basic ") || value.starts_with("-----BEGIN ")) return true;
  return names_secret(key) || !known_prefix(value).empty() || is_random(value) || has_login(value);
}

}  // namespace bailey::credentials

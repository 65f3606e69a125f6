#include "credentials/known_hosts.h"

#include <fnmatch.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>

#include <algorithm>
#include <charconv>

#include "base/text.h"
#include "credentials/ssh_host_key.h"

namespace bailey::credentials {
namespace {

constexpr std::string_view hashed_mark = "|1|";
constexpr std::size_t hash_bytes = 20;  // HMAC-SHA1

std::string lower(std::string_view text) {
  std::string result(text);
  std::transform(result.begin(), result.end(), result.begin(),
                 [](char c) { return c >= 'A' && c <= 'Z' ? static_cast<char>(c + 32) : c; });
  return result;
}

// As ssh writes it: a port other than 22 in brackets.
std::string written(const KnownHost& host) {
  return host.port == 22 ? host.name : '[' + host.name + "]:" + std::to_string(host.port);
}

std::string_view take_word(std::string_view& line) {
  const auto begin = line.find_first_not_of(" \t\r");
  if (begin == std::string_view::npos) return line = {};
  const auto end = std::min(line.find_first_of(" \t\r", begin), line.size());
  const auto word = line.substr(begin, end - begin);
  line.remove_prefix(end);
  return word;
}

bool is_hash_of(std::string_view pattern, const KnownHost& host) {
  const auto parts = split(pattern.substr(hashed_mark.size()), '|');
  if (parts.size() != 2) return false;
  const std::string salt = from_base64(parts[0]);
  const std::string hash = from_base64(parts[1]);
  if (salt.empty() || hash.size() != hash_bytes) return false;
  const std::string name = written(host);
  unsigned char made[EVP_MAX_MD_SIZE];
  unsigned size = 0;
  return ::HMAC(EVP_sha1(), salt.data(), static_cast<int>(salt.size()),
                reinterpret_cast<const unsigned char*>(name.data()), name.size(), made, &size) != nullptr &&
         std::string_view(reinterpret_cast<const char*>(made), size) == hash;
}

// One line's patterns against one name: a negated one that matches excludes it (ssh_config(5), "PATTERNS").
bool matches(std::string_view patterns, const KnownHost& host) {
  if (patterns.starts_with(hashed_mark)) return is_hash_of(patterns, host);
  const std::string name = written(host);
  bool found = false;
  for (auto pattern : split(patterns, ',')) {
    const bool negated = pattern.starts_with('!');
    if (negated) pattern.remove_prefix(1);
    // Brackets are part of a name with a port, not a set.
    std::string escaped;
    for (const char c : lower(pattern)) {
      if (c == '[' || c == ']' || c == '\\') escaped += '\\';
      escaped += c;
    }
    if (::fnmatch(escaped.c_str(), name.c_str(), 0) != 0) continue;
    if (negated) return false;
    found = true;
  }
  return found;
}

class Names {
 public:
  void add(const KnownHost& host) {
    if (list_.size() < known_host_names_max && std::find(list_.begin(), list_.end(), host) == list_.end())
      list_.push_back(host);
  }
  void add_line(std::string_view patterns, std::span<const KnownHost> candidates) {
    for (const auto& candidate : candidates)
      if (matches(patterns, candidate)) add(candidate);
    if (patterns.starts_with(hashed_mark)) return;
    for (const auto pattern : split(patterns, ',')) {
      const auto host = parse_known_host(pattern);
      if (host && matches(patterns, *host)) add(*host);
    }
  }
  [[nodiscard]] std::vector<KnownHost> take() { return std::move(list_); }

 private:
  std::vector<KnownHost> list_;
};

}  // namespace

std::optional<KnownHost> parse_known_host(std::string_view text) {
  KnownHost host;
  if (text.starts_with('[')) {
    const auto end = text.find("]:");
    if (end == std::string_view::npos) return std::nullopt;
    const auto digits = text.substr(end + 2);
    const auto parsed = std::from_chars(digits.data(), digits.data() + digits.size(), host.port);
    if (digits.empty() || parsed.ec != std::errc() || parsed.ptr != digits.data() + digits.size() || host.port == 0)
      return std::nullopt;
    text = text.substr(1, end - 1);
  }
  if (text.empty() || text.find_first_of("*?![]|,") != std::string_view::npos || has_control_characters(text))
    return std::nullopt;
  host.name = lower(text);
  return host;
}

std::vector<KnownHost> hosts_of_key(std::string_view known_hosts, std::string_view key,
                                    std::span<const KnownHost> candidates) {
  if (known_hosts.size() > known_hosts_bytes_max) return {};
  const std::string wanted = to_base64(key);
  Names names;
  for (auto line : split(known_hosts, '\n')) {
    auto patterns = take_word(line);
    if (patterns.empty() || patterns.starts_with('#')) continue;
    const bool marked = patterns.starts_with('@');
    const auto marker = marked ? patterns : std::string_view();
    if (marked) patterns = take_word(line);
    (void)take_word(line);  // the key's type stands in the key as well
    if (take_word(line) != wanted) continue;
    if (marker == "@revoked") return {};
    if (!marked) names.add_line(patterns, candidates);
  }
  return names.take();
}

}  // namespace bailey::credentials

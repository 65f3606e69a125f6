#include "policy/secret_names.h"

#include <fmt/format.h>

#include <array>
#include <cstdint>

#include "base/text.h"

namespace bailey::policy {
namespace {

constexpr std::array<unsigned char, 256> lower_case = [] {
  std::array<unsigned char, 256> table{};
  for (std::size_t c = 0; c < table.size(); ++c) {
    table[c] = static_cast<unsigned char>(c >= 'A' && c <= 'Z' ? c | 0x20 : c);
  }
  return table;
}();

unsigned char lower(char c) { return lower_case[static_cast<unsigned char>(c)]; }

// fnmatch(3) with * and ? only; `pattern` is in lower case. On a mismatch only the last star is tried further, so the
// work is at most name times pattern, whatever an attacker calls a file.
bool glob_matches(std::string_view pattern, std::string_view name) {
  std::size_t p = 0;
  std::size_t n = 0;
  auto star = std::string_view::npos;
  std::size_t star_name = 0;
  while (n < name.size()) {
    if (p < pattern.size() && pattern[p] == '*') {
      star = p++;
      star_name = n;
    } else if (p < pattern.size() && (pattern[p] == '?' || static_cast<unsigned char>(pattern[p]) == lower(name[n]))) {
      ++p;
      ++n;
    } else if (star != std::string_view::npos) {
      p = star + 1;
      n = ++star_name;
    } else {
      return false;
    }
  }
  while (p < pattern.size() && pattern[p] == '*') ++p;
  return p == pattern.size();
}

bool is_wildcard(char c) { return c == '*' || c == '?'; }

}  // namespace

struct SecretNames::Tables {
  struct Pattern {
    std::string glob;
    bool exception;
  };
  using Bucket = std::vector<std::uint16_t>;  // indices into patterns, ascending

  // The last pattern of the bucket that matches and comes after `best`; else `best`.
  [[nodiscard]] int last_match(const Bucket& bucket, std::string_view name, int best) const {
    for (auto at = bucket.rbegin(); at != bucket.rend() && *at > best; ++at) {
      if (glob_matches(patterns[*at].glob, name)) return *at;
    }
    return best;
  }

  std::vector<Pattern> patterns;
  std::array<Bucket, 256> by_first;  // those that start with a letter of their own
  std::array<Bucket, 256> by_last;   // of the others, those that end with one
  Bucket others;
};

Status check_secret_pattern(std::string_view pattern) {
  const auto refuse = [&](std::string why) {
    return fail(fmt::format("secret pattern '{}'", pattern.substr(0, 80)), std::move(why),
                "write the name of a file, with * and ? as wildcards");
  };
  if (pattern.empty()) return refuse("it is empty");
  if (pattern.size() > SecretNames::pattern_bytes_max) {
    return refuse(fmt::format("longer than {} bytes", SecretNames::pattern_bytes_max));
  }
  if (pattern.find('/') != std::string_view::npos) return refuse("patterns are for names of files, not for paths");
  if (has_control_characters(pattern)) return refuse("it contains control characters");
  return {};
}

Result<SecretNames> SecretNames::compile(const std::vector<std::string>& patterns) {
  if (patterns.size() > patterns_max) {
    return fail("secret patterns", fmt::format("more than {} of them", patterns_max), "join some with wildcards");
  }
  auto tables = std::make_shared<Tables>();
  for (const auto& pattern : patterns) {
    auto glob = std::string_view(pattern);
    const auto exception = glob.starts_with('!');
    if (exception) glob.remove_prefix(1);
    TRY_STATUS(check_secret_pattern(glob));
    const auto index = static_cast<std::uint16_t>(tables->patterns.size());
    auto& bucket = !is_wildcard(glob.front())  ? tables->by_first[lower(glob.front())]
                   : !is_wildcard(glob.back()) ? tables->by_last[lower(glob.back())]
                                               : tables->others;
    bucket.push_back(index);
    auto& stored = tables->patterns.emplace_back(std::string(glob), exception).glob;
    for (auto& c : stored) c = static_cast<char>(lower(c));
  }
  SecretNames names;
  names.tables_ = std::move(tables);
  return names;
}

bool SecretNames::matches(std::string_view name) const {
  if (name.empty()) return false;
  auto best = tables_->last_match(tables_->by_first[lower(name.front())], name, -1);
  best = tables_->last_match(tables_->by_last[lower(name.back())], name, best);
  best = tables_->last_match(tables_->others, name, best);
  return best >= 0 && !tables_->patterns[static_cast<std::size_t>(best)].exception;
}

}  // namespace bailey::policy

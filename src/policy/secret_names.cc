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
  enum class Effect { withhold, except };
  struct Pattern {
    std::string glob;
    Effect effect;
  };
  struct Entry {
    std::uint16_t index;  // into patterns; ascending in a bucket
    // The letter beside the one that the bucket is for, 0 when it can be any: dismisses most names on the spot.
    unsigned char neighbour;
  };
  using Bucket = std::vector<Entry>;

  // The last pattern of the bucket that matches and comes after `best`; else `best`.
  [[nodiscard]] int last_match(const Bucket& bucket, unsigned char neighbour, std::string_view name, int best) const {
    for (auto at = bucket.rbegin(); at != bucket.rend() && at->index > best; ++at) {
      if (at->neighbour != 0 && at->neighbour != neighbour) continue;
      if (glob_matches(patterns[at->index].glob, name)) return at->index;
    }
    return best;
  }

  // `glob` in lower case.
  void add(std::string glob, Effect effect) {
    const auto at = [&](std::size_t place) {
      return place < glob.size() && !is_wildcard(glob[place]) ? static_cast<unsigned char>(glob[place]) : 0;
    };
    const auto last = glob.size() - 1;
    const auto index = static_cast<std::uint16_t>(patterns.size());
    if (at(0) != 0) {
      by_first[at(0)].push_back({index, static_cast<unsigned char>(at(1))});
    } else if (at(last) != 0) {
      by_last[at(last)].push_back({index, static_cast<unsigned char>(at(last - 1))});
    } else {
      others.push_back({index, 0});
    }
    patterns.push_back({std::move(glob), effect});
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
    const auto effect = glob.starts_with('!') ? Tables::Effect::except : Tables::Effect::withhold;
    if (effect == Tables::Effect::except) glob.remove_prefix(1);
    TRY_STATUS(check_secret_pattern(glob));
    std::string lowered(glob);
    for (auto& c : lowered) c = static_cast<char>(lower(c));
    tables->add(std::move(lowered), effect);
  }
  SecretNames names;
  names.tables_ = std::move(tables);
  return names;
}

bool SecretNames::matches(std::string_view name) const {
  if (name.empty()) return false;
  const auto second = name.size() > 1 ? lower(name[1]) : lower(name[0]);
  const auto second_last = name.size() > 1 ? lower(name[name.size() - 2]) : lower(name[0]);
  auto best = tables_->last_match(tables_->by_first[lower(name.front())], second, name, -1);
  best = tables_->last_match(tables_->by_last[lower(name.back())], second_last, name, best);
  best = tables_->last_match(tables_->others, 0, name, best);
  return best >= 0 && tables_->patterns[static_cast<std::size_t>(best)].effect == Tables::Effect::withhold;
}

}  // namespace bailey::policy

#include "review/mask.h"

#include <algorithm>
#include <array>
#include <cmath>

#include "base/text.h"
#include "review/hidden_text.h"

namespace bailey::review {
namespace {

struct Range {
  std::size_t begin;
  std::size_t end;
};

std::string replaced(std::string_view text, std::vector<Range> ranges) {
  std::ranges::sort(ranges, {}, &Range::begin);
  std::string result;
  std::size_t done = 0;
  for (std::size_t i = 0; i < ranges.size();) {
    Range range = ranges[i++];
    while (i < ranges.size() && ranges[i].begin < range.end) range.end = std::max(range.end, ranges[i++].end);
    result += text.substr(done, range.begin - done);
    result += "[secret, " + std::to_string(range.end - range.begin) + " bytes]";
    done = range.end;
  }
  result += text.substr(done);
  return result;
}

}  // namespace

double entropy_of(std::string_view text) {
  std::array<std::size_t, 256> counts{};
  for (const char c : text) ++counts.at(static_cast<unsigned char>(c));
  double bits = 0;
  for (const auto count : counts) {
    if (count == 0) continue;
    const double share = static_cast<double>(count) / static_cast<double>(text.size());
    bits -= share * std::log2(share);
  }
  return bits;
}

bool is_secret(const CompiledRules& rules, std::size_t rule, std::string_view value, std::string_view line) {
  return entropy_of(value) >= rules.texts[rule].entropy_min && !rules.excuses[rule].matches_any(line);
}

std::string_view line_around(std::string_view text, std::size_t offset, std::size_t bytes_max) {
  offset = std::min(offset, text.size());
  const auto before = offset == 0 ? std::string_view::npos : text.rfind('\n', offset - 1);
  std::size_t begin = before == std::string_view::npos ? 0 : before + 1;
  std::size_t end = std::min(text.find('\n', offset), text.size());
  if (end - begin > bytes_max) {
    begin = offset - std::min(offset - begin, bytes_max / 2);
    end = std::min(end, begin + bytes_max);
  }
  return text.substr(begin, end - begin);
}

void Masker::remember(std::string_view secret) {
  if (secret.size() < secret_bytes_min || secrets_.size() >= secrets_max) return;
  secrets_.emplace(secret);
}

std::string Masker::masked(std::string_view text) const {
  std::vector<Range> ranges;
  for (const int pattern : rules_.secret_patterns.matching(text)) {
    const auto rule = rules_.secret_owner[static_cast<std::size_t>(pattern)];
    Match match;
    for (std::size_t from = 0; rules_.secret_patterns.find(pattern, text, from, match);) {
      const auto begin = static_cast<std::size_t>(match.group.data() - text.data());
      if (is_secret(rules_, rule, match.group, line_around(text, match.begin, window_bytes)))
        ranges.push_back({begin, begin + match.group.size()});
      from = std::max(match.end, from + 1);
    }
  }
  for (const auto& secret : secrets_)
    for (auto at = text.find(secret); at != std::string_view::npos; at = text.find(secret, at + secret.size()))
      ranges.push_back({at, at + secret.size()});
  return ranges.empty() ? std::string(text) : replaced(text, std::move(ranges));
}

std::string masked(std::string_view text, const RuleSet& rules) { return Masker(rules.compiled()).masked(text); }

std::string Masker::excerpt(std::string_view text, std::size_t begin) const {
  const auto line = line_around(text, begin, window_bytes);
  const auto place = static_cast<std::size_t>(text.data() + begin - line.data());
  std::string shown = revealed(masked(trim(line)));
  if (shown.size() <= excerpt_bytes_max) return shown;
  // Roughly where the match is; exact is not needed, the line number is.
  const auto from =
      std::min(place > excerpt_bytes_max / 2 ? place - excerpt_bytes_max / 2 : 0, shown.size() - excerpt_bytes_max);
  const std::string cut = shown.substr(from, excerpt_bytes_max);
  return (from > 0 ? "…" : "") + visible(cut) + (from + excerpt_bytes_max < shown.size() ? "…" : "");
}

}  // namespace bailey::review

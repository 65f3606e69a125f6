#include "review/pattern_set.h"

#include <re2/re2.h>
#include <re2/set.h>

#include <algorithm>
#include <deque>
#include <mutex>

#include "base/text.h"

namespace bailey::review {
namespace {

constexpr std::int64_t pattern_memory_bytes_max = std::int64_t{8} << 20;
constexpr std::int64_t set_memory_bytes_max = std::int64_t{64} << 20;

RE2::Options options_with(std::int64_t memory_bytes_max) {
  RE2::Options options;
  options.set_log_errors(false);
  options.set_max_mem(memory_bytes_max);
  // Texts are any bytes: a class must match a byte that is not UTF-8 too.
  options.set_encoding(RE2::Options::EncodingLatin1);
  return options;
}

re2::StringPiece piece(std::string_view text) { return {text.data(), text.size()}; }

// One pattern by itself, compiled when it is needed for the first time: most never are.
class Single {
 public:
  explicit Single(std::string pattern) : pattern_(std::move(pattern)) {}
  [[nodiscard]] const RE2& get() const {
    std::call_once(
        once_, [this] { compiled_ = std::make_unique<const RE2>(pattern_, options_with(pattern_memory_bytes_max)); });
    return *compiled_;
  }

 private:
  std::string pattern_;
  mutable std::once_flag once_;
  mutable std::unique_ptr<const RE2> compiled_;
};

}  // namespace

struct PatternSet::Compiled {
  explicit Compiled(RE2::Anchor anchor) : set(options_with(set_memory_bytes_max), anchor) {}
  RE2::Set set;
  std::deque<Single> patterns;  // a once_flag can't be moved
  Extent extent = Extent::anywhere;
};

PatternSet::PatternSet(std::unique_ptr<const Compiled> compiled) : compiled_(std::move(compiled)) {}
PatternSet::PatternSet(PatternSet&&) noexcept = default;
PatternSet& PatternSet::operator=(PatternSet&&) noexcept = default;
PatternSet::~PatternSet() = default;

Status check_pattern(const std::string& pattern) {
  const auto refuse = [&](std::string why) {
    return fail("pattern '" + visible(pattern.substr(0, 80)) + "'", std::move(why),
                "write a regular expression in RE2's syntax: no look-around, no back-references");
  };
  if (pattern.size() > pattern_bytes_max) return refuse("longer than 2000 bytes");
  const RE2 compiled(pattern, options_with(pattern_memory_bytes_max));
  if (!compiled.ok()) return refuse(compiled.error());
  if (RE2::PartialMatch("", compiled)) return refuse("it matches an empty text, so it would match everywhere");
  return {};
}

Result<PatternSet> PatternSet::compile(const std::vector<std::string>& patterns, Extent extent) {
  auto compiled = std::make_unique<Compiled>(extent == Extent::whole ? RE2::ANCHOR_BOTH : RE2::UNANCHORED);
  compiled->extent = extent;
  for (const auto& pattern : patterns) {
    std::string why;
    if (compiled->set.Add(pattern, &why) < 0) return fail("pattern '" + visible(pattern.substr(0, 80)) + "'", why);
    compiled->patterns.emplace_back(pattern);
  }
  if (!compiled->set.Compile()) return fail("compile the patterns", "they need too much memory", "use fewer of them");
  return PatternSet(std::move(compiled));
}

std::vector<int> PatternSet::matching(std::string_view text) const {
  std::vector<int> indices;
  if (compiled_->patterns.empty()) return indices;
  RE2::Set::ErrorInfo error{};
  if (!compiled_->set.Match(piece(text), &indices, &error) && error.kind != RE2::Set::kNoError) {
    // No memory for the automaton of all: each by itself, which always comes to an end.
    indices.clear();
    const auto anchor = compiled_->extent == Extent::whole ? RE2::ANCHOR_BOTH : RE2::UNANCHORED;
    for (std::size_t i = 0; i < compiled_->patterns.size(); ++i)
      if (compiled_->patterns[i].get().Match(piece(text), 0, text.size(), anchor, nullptr, 0))
        indices.push_back(static_cast<int>(i));
  }
  std::ranges::sort(indices);
  return indices;
}

bool PatternSet::matches_any(std::string_view text) const { return !matching(text).empty(); }

bool PatternSet::find(int pattern, std::string_view text, std::size_t from, Match& match) const {
  const RE2& one = compiled_->patterns.at(static_cast<std::size_t>(pattern)).get();
  re2::StringPiece groups[2];
  const int wanted = one.NumberOfCapturingGroups() > 0 ? 2 : 1;
  if (from > text.size() || !one.Match(piece(text), from, text.size(), RE2::UNANCHORED, groups, wanted)) return false;
  match.begin = static_cast<std::size_t>(groups[0].data() - text.data());
  match.end = match.begin + groups[0].size();
  const auto& chosen = wanted == 2 && groups[1].data() != nullptr ? groups[1] : groups[0];
  match.group = {chosen.data(), chosen.size()};
  return true;
}

std::size_t PatternSet::size() const { return compiled_->patterns.size(); }

}  // namespace bailey::review

// Many regular expressions over one text in linear time, whatever the text (RE2). One pass says which occur, then those
// alone are located.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::review {

struct Match {
  std::size_t begin = 0;  // bytes into the text
  std::size_t end = 0;
  std::string_view group;  // what the first group matched; the whole match when there is none
};

class PatternSet {
 public:
  enum class Extent { anywhere, whole };  // of a match in the text
  // A pattern RE2 does not take, or one that needs too much memory, is an error.
  [[nodiscard]] static Result<PatternSet> compile(const std::vector<std::string>& patterns, Extent extent);

  PatternSet(PatternSet&&) noexcept;
  PatternSet& operator=(PatternSet&&) noexcept;
  ~PatternSet();

  // Indices of the patterns that occur, ascending.
  [[nodiscard]] std::vector<int> matching(std::string_view text) const;
  [[nodiscard]] bool matches_any(std::string_view text) const;
  // The first place at or after `from`.
  [[nodiscard]] bool find(int pattern, std::string_view text, std::size_t from, Match& match) const;
  [[nodiscard]] std::size_t size() const;

 private:
  struct Compiled;
  explicit PatternSet(std::unique_ptr<const Compiled> compiled);
  std::unique_ptr<const Compiled> compiled_;
};

[[nodiscard]] Status check_pattern(const std::string& pattern);
inline constexpr std::size_t pattern_bytes_max = 2'000;

}  // namespace bailey::review

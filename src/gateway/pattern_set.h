// Thousands of fixed texts found in a stream of bytes at once, at the speed of memory rather than of matching.
//
// How it works. Each pattern has an anchor: eight bytes in which little repeats. Four five-byte pieces of it, at
// consecutive places, are in a table; so one of them is met by whoever looks at every fourth place of a text only. A
// bitmap of hashed pieces answers almost every look; what passes it is compared in full. Letters are hashed without
// their case, and compared with or without it as the pattern says.
//
// What it relies on. No pattern is shorter than pattern_bytes_min. The bytes of patterns are secrets: they are kept in
// one SecretText. Pure.
#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "credentials/secret_text.h"

namespace bailey::gateway {

inline constexpr std::size_t pattern_bytes_min = 8;

enum class Letters { as_they_are, any_case };

class PatternSet {
 public:
  struct Hit {
    std::size_t at = 0;      // where it begins
    std::size_t bytes = 0;   // its length
    std::size_t number = 0;  // of the pattern, in the order of add()
  };

  ~PatternSet();
  PatternSet() = default;
  PatternSet(PatternSet&&) noexcept = default;
  PatternSet& operator=(PatternSet&&) noexcept = default;

  // Before seal(). Patterns that are too short are not added: false.
  bool add(std::string_view pattern, Letters letters, std::uint32_t tag);
  void seal();
  // Any one that stands in `text` at `from` or later (not always the first). `wanted` widens what the patterns say.
  [[nodiscard]] std::optional<Hit> find(std::string_view text, std::size_t from = 0,
                                        Letters wanted = Letters::as_they_are) const;
  [[nodiscard]] std::uint32_t tag(std::size_t number) const { return patterns_[number].tag; }
  [[nodiscard]] std::string_view bytes(std::size_t number) const;
  [[nodiscard]] std::size_t bytes_max() const { return bytes_max_; }  // of the longest
  [[nodiscard]] std::size_t size() const { return patterns_.size(); }

 private:
  struct Pattern {
    std::uint32_t begin = 0;
    std::uint32_t size = 0;
    Letters letters = Letters::as_they_are;
    std::uint32_t tag = 0;
  };
  struct Piece {
    std::uint64_t bytes = 0;
    std::uint32_t pattern = 0;
    std::uint32_t offset = 0;
    std::uint32_t next = 0;  // of the same bucket, plus one
  };

  [[nodiscard]] std::optional<Hit> confirm(std::string_view text, std::size_t at, std::size_t from, std::uint64_t piece,
                                           std::uint64_t hash, Letters wanted) const;
  void add_pieces(std::uint32_t number);

  std::string collected_;  // until seal()
  credentials::SecretText text_;
  std::vector<Pattern> patterns_;
  std::vector<Piece> pieces_;
  std::vector<std::uint32_t> buckets_;  // a piece's number plus one
  std::vector<std::uint64_t> bitmap_;
  unsigned bitmap_shift_ = 0;
  unsigned bucket_shift_ = 0;
  std::size_t bytes_max_ = 0;
};

}  // namespace bailey::gateway

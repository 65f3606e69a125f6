// Which lines of a text are new, and which of the old one are gone.
//
// Myers' greedy algorithm (An O(ND) Difference Algorithm, 1986) for texts that are close to each other. Where they are
// not, or the work allowed is used up, lines are paired without regard to their order: then a line that moved counts as
// old. Either way a line that the old text does not have is always found: lines are compared byte by byte, never by a
// hash that somebody could have aimed at.
#pragma once

#include <cstddef>
#include <cstdint>
#include <span>
#include <string_view>
#include <vector>

namespace bailey::review {

struct LineDiff {
  std::vector<std::uint32_t> added;    // indices into `after`, ascending
  std::vector<std::uint32_t> removed;  // indices into `before`, ascending
};

// Lines without their newlines; a last line without one counts.
[[nodiscard]] std::vector<std::string_view> split_lines(std::string_view text);

// `steps_left` is what the caller allows for all of its comparisons together; it is used up here.
[[nodiscard]] LineDiff diff_lines(std::span<const std::string_view> before, std::span<const std::string_view> after,
                                  std::uint64_t& steps_left);
// Without regard to order: each line of `after` beyond those that `before` has.
[[nodiscard]] LineDiff diff_lines_unordered(std::span<const std::string_view> before,
                                            std::span<const std::string_view> after);

inline constexpr std::uint32_t edits_max = 256;  // in one text; above, order is disregarded

}  // namespace bailey::review

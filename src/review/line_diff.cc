#include "review/line_diff.h"

#include <algorithm>
#include <numeric>
#include <optional>

namespace bailey::review {
namespace {

using Lines = std::span<const std::string_view>;

// Positions are int: files have far fewer lines than that (review.cc, lines_max).
struct Myers {
  Lines before;
  Lines after;
  std::uint64_t& steps_left;
  std::vector<std::vector<int>> trace;  // furthest x of each diagonal, for each number of edits

  [[nodiscard]] int size_before() const { return static_cast<int>(before.size()); }
  [[nodiscard]] int size_after() const { return static_cast<int>(after.size()); }

  // Whether diagonal k is reached by a line more of `after` (from k+1) rather than one less of `before` (from k-1).
  static bool goes_down(const std::vector<int>& furthest, int k, int d, int offset) {
    const auto at = [&](int diagonal) { return furthest[static_cast<std::size_t>(diagonal + offset)]; };
    return k == -d || (k != d && at(k - 1) < at(k + 1));
  }

  // The number of edits, or nothing when there are too many.
  std::optional<int> search() {
    constexpr int most = static_cast<int>(edits_max);
    const int offset = most + 1;
    std::vector<int> furthest(static_cast<std::size_t>(2 * most + 3), 0);
    for (int d = 0; d <= most; ++d) {
      trace.push_back(furthest);
      for (int k = -d; k <= d; k += 2) {
        const auto here = static_cast<std::size_t>(k + offset);
        int x = goes_down(furthest, k, d, offset) ? furthest[here + 1] : furthest[here - 1] + 1;
        int y = x - k;
        std::uint64_t steps = 1;
        while (x < size_before() && y >= 0 && y < size_after() &&
               before[static_cast<std::size_t>(x)] == after[static_cast<std::size_t>(y)])
          ++x, ++y, ++steps;
        furthest[here] = x;
        if (x >= size_before() && y >= size_after()) return d;
        if (steps >= steps_left) {
          steps_left = 0;
          return std::nullopt;
        }
        steps_left -= steps;
      }
    }
    return std::nullopt;
  }

  // Back from the end, along what search() found.
  void collect(int edits, LineDiff& diff) const {
    constexpr int offset = static_cast<int>(edits_max) + 1;
    int x = size_before();
    int y = size_after();
    for (int d = edits; d > 0; --d) {
      const auto& furthest = trace[static_cast<std::size_t>(d)];
      const int k = x - y;
      const bool down = goes_down(furthest, k, d, offset);
      const int from = down ? k + 1 : k - 1;
      x = furthest[static_cast<std::size_t>(from + offset)];
      y = x - from;
      if (down) diff.added.push_back(static_cast<std::uint32_t>(y));
      else diff.removed.push_back(static_cast<std::uint32_t>(x));
    }
    std::ranges::reverse(diff.added);
    std::ranges::reverse(diff.removed);
  }
};

std::vector<std::uint32_t> sorted_by_text(Lines lines) {
  std::vector<std::uint32_t> order(lines.size());
  std::iota(order.begin(), order.end(), 0U);
  std::ranges::sort(order, [lines](std::uint32_t a, std::uint32_t b) {
    const int compared = lines[a].compare(lines[b]);
    return compared != 0 ? compared < 0 : a < b;
  });
  return order;
}

void shift(std::vector<std::uint32_t>& indices, std::size_t by) {
  for (auto& index : indices) index += static_cast<std::uint32_t>(by);
}

}  // namespace

std::vector<std::string_view> split_lines(std::string_view text) {
  std::vector<std::string_view> lines;
  while (!text.empty()) {
    const auto end = std::min(text.find('\n'), text.size());
    lines.push_back(text.substr(0, end));
    text.remove_prefix(std::min(text.size(), end + 1));
  }
  return lines;
}

LineDiff diff_lines_unordered(Lines before, Lines after) {
  const auto old_order = sorted_by_text(before);
  const auto new_order = sorted_by_text(after);
  LineDiff diff;
  std::size_t i = 0;
  std::size_t j = 0;
  while (i < old_order.size() || j < new_order.size()) {
    const int compared = i == old_order.size()   ? 1
                         : j == new_order.size() ? -1
                                                 : before[old_order[i]].compare(after[new_order[j]]);
    if (compared == 0) ++i, ++j;
    else if (compared < 0) diff.removed.push_back(old_order[i++]);
    else diff.added.push_back(new_order[j++]);
  }
  std::ranges::sort(diff.added);
  std::ranges::sort(diff.removed);
  return diff;
}

LineDiff diff_lines(Lines before, Lines after, std::uint64_t& steps_left) {
  std::size_t head = 0;
  while (head < before.size() && head < after.size() && before[head] == after[head]) ++head;
  std::size_t tail = 0;
  while (tail < before.size() - head && tail < after.size() - head &&
         before[before.size() - 1 - tail] == after[after.size() - 1 - tail])
    ++tail;
  const Lines old_middle = before.subspan(head, before.size() - head - tail);
  const Lines new_middle = after.subspan(head, after.size() - head - tail);
  LineDiff diff;
  const bool trivial = old_middle.empty() || new_middle.empty();
  Myers myers{old_middle, new_middle, steps_left, {}};
  const auto edits = trivial ? std::nullopt : myers.search();
  if (edits) myers.collect(*edits, diff);
  else diff = diff_lines_unordered(old_middle, new_middle);
  shift(diff.added, head);
  shift(diff.removed, head);
  return diff;
}

}  // namespace bailey::review

#include "review/added_text.h"

#include <algorithm>

#include "review/line_diff.h"

namespace bailey::review {
namespace {

constexpr std::string_view between_runs("\0\n", 2);

std::size_t count_lines(std::string_view text) {
  const auto newlines = static_cast<std::size_t>(std::ranges::count(text, '\n'));
  return newlines + (text.empty() || text.ends_with('\n') ? 0 : 1);
}

}  // namespace

AddedText AddedText::whole(std::string_view text) {
  AddedText added;
  added.borrowed_ = text;
  added.runs_ = {{0, 1}};
  added.insertions_ = count_lines(text);
  return added;
}

AddedText AddedText::between(std::span<const std::string_view> before, std::string_view after,
                             std::uint64_t& steps_left) {
  bool too_many = count_lines(after) > lines_max;
  for (const auto text : before) too_many = too_many || count_lines(text) > lines_max;
  if (before.empty() || too_many) return whole(after);
  const auto lines = split_lines(after);
  const auto old_lines = split_lines(before.front());
  LineDiff diff = diff_lines(old_lines, lines, steps_left);
  AddedText added;
  for (const auto index : diff.removed) added.removed_.push_back(old_lines[index]);
  for (const auto text : before.subspan(1)) {
    const auto others = split_lines(text);
    const auto against = diff_lines(others, lines, steps_left).added;
    std::vector<std::uint32_t> in_both;
    std::ranges::set_intersection(diff.added, against, std::back_inserter(in_both));
    diff.added = std::move(in_both);
  }
  added.insertions_ = diff.added.size();
  added.join(lines, diff.added);
  return added;
}

void AddedText::join(std::span<const std::string_view> lines, std::span<const std::uint32_t> added) {
  std::uint32_t expected = 0;
  for (const auto index : added) {
    if (runs_.empty() || index != expected) {
      if (!runs_.empty()) joined_ += between_runs;
      runs_.push_back({joined_.size(), index + 1});
    }
    joined_ += lines[index];
    joined_ += '\n';
    expected = index + 1;
  }
}

std::uint32_t AddedText::line_at(std::size_t offset) const {
  const auto after = std::ranges::upper_bound(runs_, offset, {}, &Run::offset);
  if (after == runs_.begin()) return 1;
  const Run& run = *std::prev(after);
  const auto all = text();
  const auto from = all.substr(run.offset, std::min(offset, all.size()) - run.offset);
  return run.line + static_cast<std::uint32_t>(std::ranges::count(from, '\n'));
}

}  // namespace bailey::review

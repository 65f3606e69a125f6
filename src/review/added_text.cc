#include "review/added_text.h"

#include <algorithm>
#include <array>

#include "review/line_diff.h"

namespace bailey::review {
namespace {

constexpr std::string_view between_runs("\0\n", 2);
constexpr std::size_t readable_run_bytes_min = 12;
constexpr std::size_t unreadable_share_max = 10;  // one byte of so many: more is no text

// A table: in what is no text no branch can be foretold.
constexpr auto readable = [] {
  std::array<bool, 256> table{};
  for (std::size_t c = ' '; c <= '~'; ++c) table[c] = true;
  for (const char c : {'\t', '\n', '\r'}) table[static_cast<unsigned char>(c)] = true;
  return table;
}();

bool is_readable(char c) { return readable[static_cast<unsigned char>(c)]; }

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
    if (runs_.empty() || index != expected) begin_run(index + 1);
    joined_ += lines[index];
    joined_ += '\n';
    expected = index + 1;
  }
}

void AddedText::begin_run(std::uint32_t line) {
  if (!runs_.empty()) joined_ += between_runs;
  runs_.push_back({joined_.size(), line});
}

AddedText AddedText::readable_part(AddedText added) {
  const auto all = added.text();
  std::size_t readable_bytes = 0;
  for (const char c : all) readable_bytes += is_readable(c) ? 1 : 0;
  if (all.size() - readable_bytes <= all.size() / unreadable_share_max) return added;
  AddedText part;
  part.removed_ = std::move(added.removed_);
  part.insertions_ = added.insertions_;
  for (std::size_t i = 0; i < added.runs_.size(); ++i) {
    const auto begin = added.runs_[i].offset;
    const auto end = i + 1 < added.runs_.size() ? added.runs_[i + 1].offset : all.size();
    part.take_readable(all.substr(begin, end - begin), added.runs_[i].line);
  }
  return part;
}

void AddedText::take_readable(std::string_view section, std::uint32_t line) {
  std::size_t counted = 0;  // lines up to here
  std::size_t after = 0;    // the run before
  // A run that is long enough covers one of every so many bytes.
  for (std::size_t at = readable_run_bytes_min - 1; at < section.size(); at += readable_run_bytes_min) {
    if (!is_readable(section[at])) continue;
    std::size_t first = at;
    while (first > after && is_readable(section[first - 1])) --first;
    while (at < section.size() && is_readable(section[at])) ++at;
    after = at;
    if (after - first < readable_run_bytes_min) continue;
    const auto lines = section.substr(counted, first - counted);
    line += static_cast<std::uint32_t>(std::ranges::count(lines, '\n'));
    counted = first;
    begin_run(line);
    joined_ += section.substr(first, after - first);
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

// The lines that a change adds, as one text that patterns can be looked for in, with the way back to line numbers.
#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::review {

class AddedText {
 public:
  // The whole of a new file. The text is borrowed.
  [[nodiscard]] static AddedText whole(std::string_view text);
  // Against one text before it; of a merge against several: a line counts that none of them has. `steps_left` as in
  // line_diff.h. A file of too many lines counts as a whole.
  [[nodiscard]] static AddedText between(std::span<const std::string_view> before, std::string_view after,
                                         std::uint64_t& steps_left);

  // Of a file that is no text: what strings(1) would show of it. In the rest no pattern means anything, and it is what
  // makes looking for them slow. What is nearly all readable stays whole.
  [[nodiscard]] static AddedText readable_part(AddedText added);

  AddedText(AddedText&&) noexcept = default;
  AddedText& operator=(AddedText&&) noexcept = default;
  AddedText(const AddedText&) = delete;
  AddedText& operator=(const AddedText&) = delete;

  // Runs of lines that follow each other; between two runs a line with a NUL, which no pattern for text crosses.
  [[nodiscard]] std::string_view text() const { return borrowed_.empty() ? std::string_view(joined_) : borrowed_; }
  // Of the line that holds this byte, from 1, in the file.
  [[nodiscard]] std::uint32_t line_at(std::size_t offset) const;
  [[nodiscard]] std::uint64_t insertions() const { return insertions_; }
  // Lines of the (first) text before that are gone.
  [[nodiscard]] const std::vector<std::string_view>& removed() const { return removed_; }

  static constexpr std::size_t lines_max = 400'000;

 private:
  struct Run {
    std::size_t offset = 0;
    std::uint32_t line = 1;
  };
  AddedText() = default;
  void join(std::span<const std::string_view> lines, std::span<const std::uint32_t> added);
  void begin_run(std::uint32_t line);
  void take_readable(std::string_view section, std::uint32_t line);

  std::string_view borrowed_;
  std::string joined_;
  std::vector<Run> runs_;
  std::vector<std::string_view> removed_;
  std::uint64_t insertions_ = 0;
};

}  // namespace bailey::review

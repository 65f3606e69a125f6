#include <algorithm>

#include "base/text.h"
#include "review/hidden_text.h"
#include "review/inspect.h"

namespace bailey::review {
namespace {

constexpr std::size_t chunk_bytes = 256 * 1024;  // looked at in one go
constexpr std::size_t overlap_bytes = 2 * 1024;  // for what lies across the border of two
constexpr int matches_max = 20;                  // of one pattern in one chunk

// Cut where a line ends, when one does.
std::size_t chunk_end(std::string_view text, std::size_t begin) {
  const std::size_t end = std::min(text.size(), begin + chunk_bytes);
  if (end == text.size()) return end;
  const auto newline = text.rfind('\n', end - 1);
  return newline == std::string_view::npos || newline <= begin + overlap_bytes ? end : newline + 1;
}

class TextInspection {
 public:
  TextInspection(Collector& out, const Subject& subject, const AddedText& added)
      : out_(out), rules_(out.rules()), subject_(subject), added_(added), text_(added.text()) {
    groups_ = rules_.text_files.matching(subject.comparable);
    satisfied_.resize(rules_.texts.size());
  }

  void run() {
    for (std::size_t begin = 0; begin < text_.size();) {
      const std::size_t end = chunk_end(text_, begin);
      const auto chunk = text_.substr(begin, end - begin);
      chunks_.push_back({chunk, rules_.text_patterns.matching(chunk)});
      if (end == text_.size()) break;
      begin = end - std::min(end - begin - 1, overlap_bytes);
    }
    look_for_all();
    for (const auto& chunk : chunks_) look_at(chunk);
  }

 private:
  struct Chunk {
    std::string_view text;
    std::vector<int> patterns;  // that occur in it
  };

  [[nodiscard]] bool in_group(std::size_t group) const {
    return std::ranges::binary_search(groups_, static_cast<int>(group));
  }
  [[nodiscard]] bool applies(std::size_t rule) const {
    if (!rules_.texts[rule].files.empty() && !in_group(rule)) return false;
    return !in_group(rules_.texts.size() + rule);
  }

  // Which rules have their `all` somewhere in the text.
  void look_for_all() {
    std::vector<std::size_t> found(rules_.texts.size());
    std::vector<bool> counted(rules_.pattern_owner.size());
    for (const auto& chunk : chunks_)
      for (const int pattern : chunk.patterns) {
        const auto index = static_cast<std::size_t>(pattern);
        if (rules_.pattern_owner[index].part == CompiledRules::Part::any || counted[index]) continue;
        counted[index] = true;
        ++found[rules_.pattern_owner[index].rule];
      }
    for (std::size_t i = 0; i < found.size(); ++i) satisfied_[i] = found[i] == rules_.texts[i].all.size();
  }

  void look_at(const Chunk& chunk) {
    for (const int pattern : chunk.patterns) {
      const auto& owner = rules_.pattern_owner[static_cast<std::size_t>(pattern)];
      if (owner.part != CompiledRules::Part::any || !applies(owner.rule) || !satisfied_[owner.rule]) continue;
      Match match;
      std::size_t from = 0;
      for (int n = 0; n < matches_max && rules_.text_patterns.find(pattern, chunk.text, from, match); ++n) {
        found(owner.rule, chunk.text, match);
        from = std::max(match.end, from + 1);
      }
    }
  }

  void found(std::size_t rule, std::string_view chunk, const Match& match) {
    const auto& head = rules_.texts[rule];
    const auto line = line_around(chunk, match.begin, Masker::window_bytes);
    if (head.kind == TextKind::secret) {
      if (!is_secret(rules_, rule, match.group, line)) return;
      out_.masker().remember(match.group);
    } else if (rules_.excuses[rule].matches_any(line)) {
      return;
    }
    const auto offset = static_cast<std::size_t>(chunk.data() - text_.data()) + match.begin;
    out_.add(head, subject_,
             {.line = added_.line_at(offset),
              .excerpt = out_.masker().excerpt(chunk, match.begin),
              .same = std::string(chunk.substr(match.begin, std::min<std::size_t>(match.end - match.begin, 200)))});
  }

  Collector& out_;
  const CompiledRules& rules_;
  const Subject& subject_;
  const AddedText& added_;
  std::string_view text_;
  std::vector<int> groups_;
  std::vector<Chunk> chunks_;
  std::vector<bool> satisfied_;
};

}  // namespace

void inspect_text(Collector& out, const Subject& subject, const AddedText& added) {
  TextInspection(out, subject, added).run();
}

namespace {

constexpr std::size_t tricks_max = 50;   // of one file
constexpr std::size_t spaces_max = 150;  // in a row, before more text
constexpr std::size_t readable_line_max = 5'000;

Check check_of(Trick trick) {
  switch (trick) {
    case Trick::bidi:
      return Check::bidi_text;
    case Trick::invisible:
      return Check::invisible_text;
    case Trick::smuggled:
      return Check::smuggled_text;
    case Trick::control:
      return Check::control_characters;
    case Trick::mixed_script:
      break;
  }
  return Check::mixed_scripts;
}

std::string code_words(char32_t code) {
  char text[32];
  std::snprintf(text, sizeof text, "U+%04X.", static_cast<unsigned>(code));
  return text;
}

// Text of people's languages needs some of these characters.
std::optional<Severity> in_prose(const CompiledRules& rules, Trick trick, bool prose) {
  if (!prose || trick == Trick::smuggled) return std::nullopt;
  return std::min(rules.check(check_of(trick)).severity, Severity::warning);
}

}  // namespace

void inspect_hidden(Collector& out, const Subject& subject, const AddedText& added) {
  const auto text = added.text();
  const bool prose = is_kind(out.rules(), subject, FileKind::prose);
  for (const auto& place : find_tricks(text, tricks_max))
    out.add(check_of(place.trick), subject,
            {.line = added.line_at(place.offset),
             .excerpt = out.masker().excerpt(text, place.offset),
             .words = code_words(place.code),
             .severity = in_prose(out.rules(), place.trick, prose),
             .same = std::string(line_around(text, place.offset, 200))});
  if (prose || is_kind(out.rules(), subject, FileKind::generated)) return;
  for (std::size_t begin = 0; begin < text.size();) {
    const std::size_t end = std::min(text.find('\n', begin), text.size());
    const auto line = text.substr(begin, end - begin);
    if (line.size() > readable_line_max)
      out.add(Check::long_line, subject,
              {.line = added.line_at(begin), .words = "It has " + std::to_string(line.size()) + " bytes."});
    if (line.size() > spaces_max) {
      std::size_t run = 0;
      for (std::size_t i = 0; i < line.size(); ++i) {
        const bool blank = line[i] == ' ' || line[i] == '\t';
        if (!blank && run > spaces_max) {
          out.add(Check::hidden_by_spaces, subject,
                  {.line = added.line_at(begin),
                   .excerpt = out.masker().excerpt(text, begin + i),
                   .same = std::string(line.substr(i, 200))});
          break;
        }
        run = blank ? run + 1 : 0;
      }
    }
    begin = end + 1;
  }
}

void inspect_tests(Collector& out, const Subject& subject, const AddedText& added) {
  if (!is_kind(out.rules(), subject, FileKind::test)) return;
  const auto& assertions = out.rules().assertions;
  std::size_t removed = 0;
  for (const auto line : added.removed()) removed += assertions.matches_any(line) ? 1 : 0;
  if (removed == 0) return;
  std::size_t put_in = 0;
  for (const auto line : split(added.text(), '\n')) put_in += assertions.matches_any(line) ? 1 : 0;
  if (put_in >= removed) return;
  out.add(Check::assertions_removed, subject,
          {.words = std::to_string(removed) + " removed, " + std::to_string(put_in) + " added."});
}

}  // namespace bailey::review

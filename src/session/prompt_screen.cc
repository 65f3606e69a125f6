#include "session/prompt_screen.h"

#include <algorithm>

#include "base/text.h"
#include "session/text_layout.h"

namespace bailey::session {
namespace {

constexpr std::size_t title_lines_max = 4;
constexpr std::size_t risk_lines_max = 2;
constexpr std::size_t fact_lines_max = 2;
constexpr std::size_t detail_lines_max = 5'000;
constexpr std::string_view quote = "  | ";
constexpr std::string_view agents_words = "The agent's words, not checked:";

using Lines = std::vector<std::string>;

void append(Lines& to, Lines lines) {
  for (auto& line : lines) to.push_back(std::move(line));
}

// Quoted line by line, so that no part of it stands at the left edge.
void append_quoted_lines(Lines& to, std::string_view text, std::size_t columns, std::size_t lines_max) {
  const std::size_t width = columns > quote.size() ? columns - quote.size() : 1;
  for (const std::string& line : wrapped(text, width, lines_max, 2)) to.push_back(std::string(quote) + line);
}

std::string labelled(const approval::Fact& fact) {
  return fact.label.empty() ? fact.text : fact.label + ": " + fact.text;
}

void append_facts(Lines& to, const approval::Request& request, std::size_t columns, std::size_t lines_max) {
  for (const auto& fact : request.context) append(to, wrapped("  " + labelled(fact), columns, lines_max, 4));
  if (request.from_agent.empty()) return;
  append(to, wrapped(agents_words, columns, 1));
  for (const auto& fact : request.from_agent) append_quoted_lines(to, labelled(fact), columns, lines_max);
}

}  // namespace

bool PromptScreen::is_large_enough(WindowSize size) const {
  return size.rows >= prompt_rows_min && size.columns >= prompt_columns_min;
}

// The question itself first: what the agent makes long can't push it off the screen.
Lines PromptScreen::question(WindowSize size) const {
  const approval::Request& request = prompt_.request;
  Lines lines = wrapped(request.title, size.columns, title_lines_max, 2);
  if (!request.risk.empty()) append(lines, wrapped("Risk: " + request.risk, size.columns, risk_lines_max, 2));
  append_facts(lines, request, size.columns, fact_lines_max);
  if (!request.remember.empty())
    append(lines, wrapped("[s]ession allows for the rest of the session: " + request.remember, size.columns,
                          fact_lines_max, 2));
  return lines;
}

Lines PromptScreen::details(WindowSize size) const {
  const approval::Request& request = prompt_.request;
  Lines lines = wrapped(request.title, size.columns, detail_lines_max, 2);
  if (!request.risk.empty()) append(lines, wrapped("Risk: " + request.risk, size.columns, detail_lines_max, 2));
  append_facts(lines, request, size.columns, detail_lines_max);
  for (const std::string_view line : split(request.view, '\n')) {
    if (lines.size() >= detail_lines_max) break;
    if (request.view.empty()) break;
    append_quoted_lines(lines, line, size.columns, detail_lines_max);
  }
  return lines;
}

std::string PromptScreen::footer(WindowSize size, KeysCount keys) const {
  if (keys == KeysCount::answered) return "answered …";
  if (!is_large_enough(size)) return keys == KeysCount::yes ? "window too small: [n]o [l]ater" : "window too small";
  if (keys == KeysCount::not_yet) return "one moment: what is typed now is not an answer";
  if (viewing_) return "[v] next page  [b]ack  [q] to the question";
  const std::string choices = prompt_.request.remember.empty() ? "[y]es [n]o [v]iew" : "[y]es [n]o [v]iew [s]ession";
  const std::string all = choices + "  [l]ater";
  return size.columns > all.size() ? all : choices;
}

Lines PromptScreen::lines(WindowSize size, KeysCount keys) const {
  const std::size_t rows = size.rows;
  Lines lines = wrapped("bailey asks: " + prompt_.session + ", request " + std::to_string(prompt_.id), size.columns, 1);
  const std::size_t room = rows >= 2 ? rows - 2 : 0;
  Lines body = viewing_ ? details(size) : question(size);
  if (viewing_)
    body.erase(body.begin(), body.begin() + static_cast<std::ptrdiff_t>(std::min(first_line_, body.size())));
  if (body.size() > room && room > 0) {
    const std::size_t left_out = body.size() - (room - 1);
    body.resize(room - 1);
    append(body, wrapped("… " + std::to_string(left_out) + " more lines: [v]", size.columns, 1));
  }
  body.resize(std::min(body.size(), room));
  append(lines, std::move(body));
  lines.resize(rows >= 1 ? rows - 1 : 0);
  append(lines, wrapped(footer(size, keys), size.columns, 1));
  return lines;
}

std::string PromptScreen::drawn(WindowSize size, KeysCount keys) const {
  const Lines shown = lines(size, keys);
  std::string bytes = "\x1b[0m\x1b[?7l\x1b[2J";
  for (std::size_t row = 0; row < shown.size(); ++row) {
    const bool is_bar = row == 0 || row + 1 == shown.size();
    bytes += "\x1b[" + std::to_string(row + 1) + ";1H";
    if (is_bar) bytes += "\x1b[7m";
    bytes += shown[row];
    if (is_bar) bytes.append(size.columns - std::min<std::size_t>(cells(shown[row]), size.columns), ' ') += "\x1b[0m";
  }
  return bytes;
}

PromptScreen::Pressed PromptScreen::press(std::string_view typed, WindowSize size) {
  if (typed.size() != 1) return {};
  const bool can_approve = is_large_enough(size);
  const std::size_t page = size.rows > 3 ? size.rows - 3U : 1U;
  switch (typed[0]) {
    case 'n':
    case 'N':
      if (!viewing_) return {.choice = ApprovalChoice::deny};
      return {};
    case 'l':
    case 'L':
      if (!viewing_) return {.choice = ApprovalChoice::later};
      return {};
    case 'y':
    case 'Y':
      if (!viewing_ && can_approve) return {.choice = ApprovalChoice::approve};
      return {};
    case 's':
    case 'S':
      if (!viewing_ && can_approve && !prompt_.request.remember.empty())
        return {.choice = ApprovalChoice::approve_session};
      return {};
    case 'v':
    case 'V':
    case ' ':
      if (!viewing_) first_line_ = 0;
      else if (first_line_ + page < details(size).size()) first_line_ += page;
      viewing_ = viewing_ || typed[0] != ' ';
      return {.redraw = true};
    case 'b':
    case 'B':
      first_line_ -= std::min(first_line_, page);
      return {.redraw = true};
    case 'q':
    case 'Q':
      viewing_ = false;
      return {.redraw = true};
    default:
      return {};
  }
}

}  // namespace bailey::session

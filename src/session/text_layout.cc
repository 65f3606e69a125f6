#include "session/text_layout.h"

#include <algorithm>

#include "base/text.h"
#include "session/cursor_model.h"

namespace bailey::session {
namespace {

constexpr std::string_view ellipsis = "…";

bool is_continuation(char c) { return (static_cast<unsigned char>(c) & 0xC0) == 0x80; }

std::size_t character_bytes(std::string_view text) {
  std::size_t end = 1;
  while (end < text.size() && is_continuation(text[end])) ++end;
  return std::min(end, text.size());
}

std::size_t character_cells(std::string_view character) {
  const auto first = static_cast<unsigned char>(character[0]);
  char32_t code = first < 0x80 ? first : first >= 0xF0 ? first & 7U : first >= 0xE0 ? first & 15U : first & 31U;
  for (const char c : character.substr(1)) code = code << 6 | (static_cast<unsigned char>(c) & 0x3FU);
  return static_cast<std::size_t>(cell_width(code));
}

// How much of `text` fits into `width` cells: at least one character, so that there is an end.
std::size_t fitting_bytes(std::string_view text, std::size_t width) {
  std::size_t used = 0;
  std::size_t at = 0;
  std::size_t last_space = 0;
  while (at < text.size()) {
    const std::size_t bytes = character_bytes(text.substr(at));
    const std::size_t needed = character_cells(text.substr(at, bytes));
    if (used + needed > width && at > 0) break;
    if (text[at] == ' ') last_space = at;
    used += needed;
    at += bytes;
  }
  if (at == text.size() || text[at] == ' ') return at;
  // A word that is longer than half of the line is broken instead.
  return last_space > at / 2 ? last_space : at;
}

}  // namespace

std::size_t cells(std::string_view text) {
  std::size_t count = 0;
  while (!text.empty()) {
    const std::size_t bytes = character_bytes(text);
    count += character_cells(text.substr(0, bytes));
    text.remove_prefix(bytes);
  }
  return count;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t lines_max, std::size_t indent) {
  const std::string shown = visible(text);
  std::string_view rest = shown;
  std::vector<std::string> lines;
  if (lines_max == 0) return lines;
  width = std::max<std::size_t>(width, 1);
  indent = std::min(indent, width - 1);
  do {
    const std::size_t room = lines.empty() ? width : width - indent;
    std::size_t bytes = rest.empty() ? 0 : fitting_bytes(rest, room);
    const bool is_cut = lines.size() + 1 == lines_max && bytes < rest.size();
    if (is_cut && room > 1) bytes = fitting_bytes(rest, room - 1);
    lines.push_back(std::string(lines.empty() ? 0 : indent, ' ').append(rest.substr(0, bytes)));
    if (is_cut) {
      if (room > 1) lines.back() += ellipsis;
      return lines;
    }
    rest.remove_prefix(bytes);
    while (rest.starts_with(' ')) rest.remove_prefix(1);
  } while (!rest.empty());
  return lines;
}

}  // namespace bailey::session

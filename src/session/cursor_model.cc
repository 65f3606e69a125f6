#include "session/cursor_model.h"

#include <algorithm>

namespace bailey::session {
namespace {

constexpr int tab_cells = 8;

struct Range {
  char32_t first, last;
};

template <std::size_t n>
bool contains(const Range (&ranges)[n], char32_t character) {
  return std::any_of(ranges, ranges + n, [&](const Range& r) { return character >= r.first && character <= r.last; });
}

// The bulk of Unicode's wide (UAX #11) and combining characters; the long tail is a cell or two off at worst.
constexpr Range wide[] = {
    {0x1100, 0x115F},   {0x231A, 0x231B},   {0x23E9, 0x23EC},   {0x25FD, 0x25FE},   {0x2614, 0x2615},
    {0x2648, 0x2653},   {0x26CE, 0x26CE},   {0x2705, 0x2705},   {0x270A, 0x270B},   {0x2728, 0x2728},
    {0x274C, 0x274C},   {0x2753, 0x2755},   {0x2795, 0x2797},   {0x2B1B, 0x2B1C},   {0x2E80, 0x303E},
    {0x3041, 0x33FF},   {0x3400, 0x4DBF},   {0x4E00, 0x9FFF},   {0xA000, 0xA4CF},   {0xA960, 0xA97C},
    {0xAC00, 0xD7A3},   {0xF900, 0xFAFF},   {0xFE30, 0xFE6F},   {0xFF00, 0xFF60},   {0xFFE0, 0xFFE6},
    {0x1F300, 0x1F64F}, {0x1F680, 0x1F6FF}, {0x1F900, 0x1F9FF}, {0x1FA70, 0x1FAFF}, {0x20000, 0x3FFFD}};
constexpr Range zero[] = {{0x0300, 0x036F}, {0x0483, 0x0489}, {0x0591, 0x05BD}, {0x064B, 0x065F},
                          {0x200B, 0x200F}, {0x202A, 0x202E}, {0x2060, 0x2064}, {0x20D0, 0x20F0},
                          {0xFE00, 0xFE0F}, {0xFE20, 0xFE2F}, {0xFEFF, 0xFEFF}, {0xE0100, 0xE01EF}};

char32_t take_character(std::string_view& text) {
  const auto lead = static_cast<unsigned char>(text.front());
  const unsigned length = lead < 0x80 ? 1 : lead < 0xE0 ? 2 : lead < 0xF0 ? 3 : 4;
  char32_t character = lead < 0x80 ? lead : lead & (0xFFU >> (length + 1));
  for (unsigned i = 1; i < length; ++i) character = character << 6 | (static_cast<unsigned char>(text[i]) & 0x3F);
  text.remove_prefix(length);
  return character;
}

}  // namespace

int cell_width(char32_t character) {
  if (character < 0x300) return 1;
  if (contains(zero, character)) return 0;
  return contains(wide, character) ? 2 : 1;
}

void CursorModel::resize(WindowSize size) {
  rows_ = std::max<int>(size.rows, 1);
  columns_ = std::max<int>(size.columns, 1);
  top_ = 0;
  bottom_ = rows_ - 1;
  move_to(row_, column_);
}

void CursorModel::reset() {
  top_ = 0;
  bottom_ = rows_ - 1;
  saved_row_ = saved_column_ = 0;
  move_to(0, 0);
}

void CursorModel::move_to(int row, int column) {
  row_ = std::clamp(row, 0, rows_ - 1);
  column_ = std::clamp(column, 0, columns_ - 1);
  wrap_pending_ = false;
}

void CursorModel::down() {
  if (row_ != bottom_ && row_ < rows_ - 1) ++row_;  // else the screen scrolls
}

void CursorModel::up() {
  if (row_ != top_ && row_ > 0) --row_;
}

void CursorModel::put(int cells) {
  if (cells == 0) return;
  if (wrap_pending_ || column_ + cells > columns_) {
    wrap_pending_ = false;
    column_ = 0;
    down();
  }
  column_ += cells;
  if (column_ < columns_) return;
  column_ = columns_ - 1;
  wrap_pending_ = true;
}

void CursorModel::text(std::string_view characters) {
  while (!characters.empty()) put(cell_width(take_character(characters)));
}

void CursorModel::control(char c0) {
  switch (c0) {
    case '\b':
      return move_to(row_, column_ - 1);
    case '\t':
      return move_to(row_, (column_ / tab_cells + 1) * tab_cells);
    case '\r':
      return move_to(row_, 0);
    case '\n':
    case '\v':
    case '\f':
      return down();
    default:
      return;
  }
}

void CursorModel::escape(char final) {
  switch (final) {
    case '7':
      saved_row_ = row_;
      saved_column_ = column_;
      return;
    case '8':
      return move_to(saved_row_, saved_column_);
    case 'D':
      return down();
    case 'E':
      return move_to(row_, 0), down();
    case 'M':
      return up();
    default:
      return;
  }
}

void CursorModel::sequence(char final, unsigned first, unsigned second) {
  const int one = static_cast<int>(std::max(first, 1U));
  const int two = static_cast<int>(std::max(second, 1U));
  switch (final) {
    case 'A':
      return move_to(row_ >= top_ ? std::max(row_ - one, top_) : row_ - one, column_);
    case 'B':
    case 'e':
      return move_to(row_ <= bottom_ ? std::min(row_ + one, bottom_) : row_ + one, column_);
    case 'C':
    case 'a':
      return move_to(row_, column_ + one);
    case 'D':
      return move_to(row_, column_ - one);
    case 'E':
      return move_to(row_ + one, 0);
    case 'F':
      return move_to(row_ - one, 0);
    case 'G':
    case '`':
      return move_to(row_, one - 1);
    case 'H':
    case 'f':
      return move_to(one - 1, two - 1);
    case 'I':
      return move_to(row_, (column_ / tab_cells + one) * tab_cells);
    case 'Z':
      return move_to(row_, ((column_ + tab_cells - 1) / tab_cells - one) * tab_cells);
    case 'd':
      return move_to(one - 1, column_);
    case 'b':
      return move_to(row_, column_ + one);  // repeated character
    case 's':
      return escape('7');
    case 'u':
      return escape('8');
    case 'r':
      top_ = std::min(one, rows_) - 1;
      bottom_ = second == 0 ? rows_ - 1 : std::min(two, rows_) - 1;
      if (top_ >= bottom_) {
        top_ = 0;
        bottom_ = rows_ - 1;
      }
      return move_to(0, 0);
    default:
      return;
  }
}

}  // namespace bailey::session

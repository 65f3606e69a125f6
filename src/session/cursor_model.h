// Where the agent's cursor is, as far as can be told without a screen: enough to answer "where is the cursor?" (DSR 6)
// ourselves, so that the question never reaches the user's terminal.
//
// An approximation. It follows text (wide and combining characters by range), C0 motion, cursor addressing, scrolling
// margins, save and restore. Inserted or reflowed cells, tab stops of the agent's own and left-right margins are not
// modelled; programs that ask do so after an absolute move or at a prompt, where it is right.
#pragma once

#include <cstdint>
#include <string_view>

#include "session/protocol.h"

namespace bailey::session {

class CursorModel {
 public:
  explicit CursorModel(WindowSize size) { resize(size); }

  void resize(WindowSize size);
  void text(std::string_view characters);  // well-formed UTF-8
  void control(char c0);
  void escape(char final);  // without intermediates
  // Numbers of a sequence without prefix and intermediates; absent ones are 0.
  void sequence(char final, unsigned first, unsigned second);
  void reset();

  [[nodiscard]] int row() const { return row_ + 1; }
  [[nodiscard]] int column() const { return column_ + 1; }

 private:
  void put(int cells);
  void down();
  void up();
  void move_to(int row, int column);

  int rows_ = 24, columns_ = 80;
  int row_ = 0, column_ = 0;
  int top_ = 0, bottom_ = 23;
  int saved_row_ = 0, saved_column_ = 0;
  bool wrap_pending_ = false;
};

// Cells a character takes: 0, 1 or 2.
[[nodiscard]] int cell_width(char32_t character);

}  // namespace bailey::session

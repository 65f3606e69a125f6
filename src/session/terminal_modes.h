// Which of the terminal's modes the agent has changed: what a viewer needs on attach, and what must be undone when it
// leaves.
#pragma once

#include <cstdint>
#include <string>

namespace bailey::session {

// The private modes (CSI ? n h, CSI ? n l) that are let through. Everything else is refused: among the rest are modes
// that resize or raise the window (3, 40, 1042, 1043), lock or change the keyboard (1034 …), change the character set
// or emulation (2, 38), or wait for an answer (1001).
struct PrivateMode {
  std::uint16_t number = 0;
  bool on_by_default = false;
};
inline constexpr PrivateMode private_modes[] = {
    {1},         // cursor keys send application sequences
    {5},         // reverse video
    {6},         // origin mode
    {7, true},   // automatic wrap
    {9},         // mouse: X10
    {12},        // blinking cursor
    {25, true},  // cursor visible
    {47},        // alternate screen
    {66},        // keypad sends application sequences
    {1000},      // mouse: buttons
    {1002},      // mouse: dragging
    {1003},      // mouse: all motion
    {1004},      // focus reports
    {1005},      // mouse coordinates in UTF-8
    {1006},      // mouse coordinates as SGR
    {1015},      // mouse coordinates as urxvt
    {1016},      // mouse coordinates in pixels
    {1047},      // alternate screen
    {1048},      // save cursor
    {1049},      // alternate screen with saved cursor
    {2004},      // bracketed paste
    {2026},      // synchronized output
};

class TerminalModes {
 public:
  enum class State : std::uint8_t { unknown = 0, set = 1, reset = 2 };  // the numbers of DECRPM

  // False: not among those let through.
  bool set_private(unsigned number, State state);
  [[nodiscard]] State private_state(unsigned number) const;
  [[nodiscard]] bool is_alternate_screen() const;

  bool insert = false;              // IRM
  bool application_keypad = false;  // DECKPAM
  bool margins = false;             // DECSTBM
  bool charset = false;             // SO or a designation other than ASCII
  bool cursor_style = false;        // DECSCUSR
  bool rendition = false;           // SGR

  // Brings a terminal in its usual state into these modes.
  [[nodiscard]] std::string enter_sequence() const;
  // The other way round: visible cursor, no mouse, no bracketed paste, normal screen, plain text. Undoes only what was
  // done: leaving an alternate screen that was not entered would move the cursor.
  [[nodiscard]] std::string leave_sequence() const;

  bool operator==(const TerminalModes&) const = default;

 private:
  std::uint32_t changed_ = 0;  // bit i: private_modes[i] is not in its default
};

}  // namespace bailey::session

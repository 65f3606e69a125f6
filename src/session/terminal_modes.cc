#include "session/terminal_modes.h"

#include <iterator>

namespace bailey::session {
namespace {

constexpr std::size_t mode_count = std::size(private_modes);
static_assert(mode_count <= 32);

constexpr bool is_screen(unsigned number) { return number == 47 || number == 1047 || number == 1049; }
constexpr bool is_momentary(unsigned number) { return number == 1048 || number == 2026; }

std::size_t index_of(unsigned number) {
  for (std::size_t i = 0; i < mode_count; ++i)
    if (private_modes[i].number == number) return i;
  return mode_count;
}

std::string switched(const PrivateMode& mode, bool on) {
  return "\x1b[?" + std::to_string(mode.number) + (on ? "h" : "l");
}

}  // namespace

bool TerminalModes::set_private(unsigned number, State state) {
  const std::size_t index = index_of(number);
  if (index == mode_count) return false;
  const bool on = state == State::set;
  if (is_screen(number) && !on) {
    // Leaving by any of the three numbers leaves the screen that any of them entered.
    for (const unsigned screen : {47U, 1047U, 1049U}) changed_ &= ~(1U << index_of(screen));
  } else if (on != private_modes[index].on_by_default) {
    changed_ |= 1U << index;
  } else {
    changed_ &= ~(1U << index);
  }
  return true;
}

TerminalModes::State TerminalModes::private_state(unsigned number) const {
  const std::size_t index = index_of(number);
  if (index == mode_count) return State::unknown;
  const bool changed = (changed_ >> index & 1U) != 0;
  return changed != private_modes[index].on_by_default ? State::set : State::reset;
}

bool TerminalModes::is_alternate_screen() const {
  return private_state(47) == State::set || private_state(1047) == State::set || private_state(1049) == State::set;
}

std::string TerminalModes::enter_sequence() const {
  std::string sequence;
  for (std::size_t i = 0; i < mode_count; ++i) {
    const PrivateMode& mode = private_modes[i];
    // Origin mode and margins belong to a screen that is about to be redrawn.
    if ((changed_ >> i & 1U) == 0 || is_momentary(mode.number) || mode.number == 6) continue;
    sequence += switched(mode, !mode.on_by_default);
  }
  if (application_keypad) sequence += "\x1b=";
  return sequence;
}

std::string TerminalModes::leave_sequence() const {
  std::string sequence;
  if (private_state(2026) == State::set) sequence += "\x1b[?2026l";  // first: nothing would be shown until then
  if (margins || private_state(6) == State::set) sequence += "\x1b[?6l\x1b\x37\x1b[r\x1b\x38";  // [r moves the cursor
  for (std::size_t i = 0; i < mode_count; ++i) {
    const PrivateMode& mode = private_modes[i];
    if ((changed_ >> i & 1U) == 0 || is_momentary(mode.number) || is_screen(mode.number) || mode.number == 6) continue;
    sequence += switched(mode, mode.on_by_default);
  }
  if (insert) sequence += "\x1b[4l";
  if (application_keypad) sequence += "\x1b>";
  if (charset) sequence += "\x0f\x1b(B\x1b)B";
  if (cursor_style) sequence += "\x1b[ q";
  if (rendition) sequence += "\x1b[0m";
  for (const unsigned screen : {47U, 1047U, 1049U})
    if (private_state(screen) == State::set) sequence += switched(private_modes[index_of(screen)], false);
  return sequence;
}

}  // namespace bailey::session

// Which control functions of the agent may reach the user's terminal: an allow-list, as pure functions.
//
// What passes moves the cursor, erases, scrolls, colours, or switches one of the modes in terminal_modes.h. Everything
// else is refused, whether or not anybody has found a harm in it yet. Refused on purpose, among others:
//   every control string   OSC 52 (clipboard), titles, colour queries, notifications, file transfers, palettes; OSC 8
//                          (a link whose text and target differ, one click from the internet); DCS, APC, PM, SOS
//   every query            DA, DSR, DECRQM, XTVERSION, DECRQCRA, DECREQTPARM, window reports, ENQ: the terminal would
//                          type the answer; the filter answers some of them itself (terminal_filter.h)
//   whatever acts          window operations, media copy, DECUDK, LEDs, tests, erase scrollback (it hides traces)
//   what changes the rules character set and 7/8-bit switches, VT52, keyboard lock, kitty and xterm keyboard modes
//                          (the detach keys would arrive in a form of the agent's choice)
#pragma once

#include <array>
#include <optional>
#include <string>
#include <string_view>

#include "session/vt_parser.h"

namespace bailey::session {

inline constexpr std::size_t parameters_max = 32;      // of one sequence; longer ones are refused
inline constexpr unsigned parameter_value_max = 9999;  // larger values are lowered to this

// Numbers of a sequence; absent ones are 0.
struct Parameters {
  std::array<unsigned, parameters_max> values{};
  std::size_t count = 0;  // at least 1
  bool has_subparameters = false;

  [[nodiscard]] unsigned at(std::size_t index) const { return index < count ? values[index] : 0; }
};
// nullopt: more than parameters_max.
[[nodiscard]] std::optional<Parameters> parse_parameters(std::string_view text);

[[nodiscard]] bool is_allowed_control(char c0);
[[nodiscard]] bool is_allowed_escape(std::string_view intermediates, char final);
// The bytes to send in its place; empty: refused. Modes that may not be changed are taken out of a list of several.
[[nodiscard]] std::string allowed_form(const ControlSequence& sequence, const Parameters& parameters);

}  // namespace bailey::session

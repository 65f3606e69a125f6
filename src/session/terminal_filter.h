// What the agent's terminal shows, made safe for the user's terminal: a pure streaming filter.
//
// How it works. Bytes go through VtParser; every character and control function that terminal_policy.h allows is
// written again in its plain 7-bit form, the rest is dropped. The output is therefore always well-formed UTF-8 and a
// sequence of complete, allowed functions, however a terminal and this parser may differ about the input. It contains
// no control string at all, and nothing that a terminal answers.
//
// Programs that ask the terminal a question would wait: the filter answers the common ones itself, from constants and
// from what the agent wrote (answers are typed to the agent, never to the user):
//   DA1, DECID   VT220 with colour             DSR 5   ready
//   DA2          VT100, version 0              DSR 6   cursor position (CursorModel, approximate)
//   DECRQM       state of a mode we let through, else "not recognised"
//   CSI 18 t     the window's size
// Unanswered: DA3, XTVERSION, kitty keyboard, colours, XTGETTCAP, DECRQSS. Programs ask these together with DA1 and
// take its answer as the end, or give up after a moment.
//
// What it relies on. The user's terminal is in UTF-8 mode. (In an 8-bit mode bytes of ordinary characters would be
// control functions; the client replaces all but ASCII when the user's locale is not UTF-8.)
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "session/cursor_model.h"
#include "session/protocol.h"
#include "session/terminal_modes.h"
#include "session/vt_parser.h"

namespace bailey::session {

inline constexpr std::size_t pending_answer_bytes_max = 4096;  // more questions than that go unanswered

enum class Charset { utf8, ascii };  // ascii: every other character becomes '?'

struct Parameters;  // terminal_policy.h

class TerminalFilter final : private VtEvents {
 public:
  explicit TerminalFilter(WindowSize size = {}, Charset charset = Charset::utf8);

  // Appends to `out`. Whatever is split over calls comes out as if it had not been; `out` never ends inside a
  // character or sequence.
  void feed(std::string_view bytes, std::string& out);
  [[nodiscard]] std::string filter(std::string_view bytes);  // feed() into a string of its own

  void resize(WindowSize size);
  // What to type to the agent since the last call.
  [[nodiscard]] std::string take_answers();
  [[nodiscard]] const TerminalModes& modes() const { return modes_; }
  // Control functions that were kept from the user's terminal so far.
  [[nodiscard]] std::uint64_t dropped_count() const { return dropped_count_; }

 private:
  void on_text(std::string_view characters) override;
  void on_control(char c0) override;
  void on_escape(std::string_view intermediates, char final) override;
  void on_sequence(const ControlSequence& sequence) override;
  void on_discarded() override { ++dropped_count_; }

  void full_reset();
  void note_modes(const ControlSequence& sequence, const Parameters& parameters);
  [[nodiscard]] std::string answer_to(const ControlSequence& sequence, const Parameters& parameters) const;
  void answer(std::string_view bytes);

  VtParser parser_;
  Charset charset_;
  WindowSize size_;
  CursorModel cursor_;
  TerminalModes modes_;
  std::string answers_;
  std::uint64_t dropped_count_ = 0;
  std::string* out_ = nullptr;  // during feed()
};

}  // namespace bailey::session

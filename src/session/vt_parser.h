// Terminal output to events: the parser of ECMA-48 and DEC control functions in a UTF-8 stream.
//
// How it works. One state machine, one byte at a time, no look-ahead and no allocation that depends on the input: a
// control sequence longer than its limit is consumed and not reported, control strings (OSC, DCS, SOS, PM, APC and
// screen's title) are consumed without being kept. C1 controls written as UTF-8 (U+0080 … U+009F) count as their
// ESC form; the same bytes raw are not UTF-8 and become U+FFFD, as they do in a terminal that is in UTF-8 mode.
#pragma once

#include <cstdint>
#include <string_view>

namespace bailey::session {

inline constexpr std::size_t csi_parameter_bytes_max = 256;
inline constexpr std::size_t csi_intermediate_bytes_max = 2;

// CSI prefix parameters intermediates final (ECMA-48 5.4). Views are valid during the call.
struct ControlSequence {
  char prefix = 0;                 // '<', '=', '>', '?', or 0
  std::string_view parameters;     // digits, ';' and ':' only
  std::string_view intermediates;  // 0x20 … 0x2f
  char final = 0;                  // 0x40 … 0x7e
};

class VtEvents {
 public:
  virtual ~VtEvents() = default;
  // Whole characters: printable ASCII and well-formed UTF-8 of U+00A0 and above.
  virtual void on_text(std::string_view characters) = 0;
  virtual void on_control(char c0) = 0;  // all but ESC, CAN, SUB
  virtual void on_escape(std::string_view intermediates, char final) = 0;
  virtual void on_sequence(const ControlSequence& sequence) = 0;
  // A control string or an overlong or malformed sequence went by.
  virtual void on_discarded() = 0;
};

class VtParser {
 public:
  void feed(std::string_view bytes, VtEvents& events);
  // Between characters and sequences.
  [[nodiscard]] bool is_in_ground() const { return state_ == State::ground; }

 private:
  enum class State : std::uint8_t { ground, character, escape, csi, csi_ignored, string, string_escape };

  void ground(unsigned char byte, VtEvents& events);
  void character(unsigned char byte, VtEvents& events);
  void finish_character(VtEvents& events);
  void escape(unsigned char byte, VtEvents& events);
  void finish_escape(unsigned char byte, VtEvents& events);
  void csi(unsigned char byte, VtEvents& events);
  void finish_csi(unsigned char byte, VtEvents& events);
  void string(unsigned char byte, VtEvents& events);
  bool cancels(unsigned char byte, VtEvents& events);

  State state_ = State::ground;
  bool bell_ends_string_ = false;
  unsigned char before_ = 0;  // in a string: the byte before, to see U+009C
  unsigned char character_length_ = 0;
  unsigned char character_used_ = 0;
  char character_[4] = {};
  char prefix_ = 0;
  std::size_t parameter_bytes_ = 0;
  std::size_t intermediate_bytes_ = 0;
  char parameters_[csi_parameter_bytes_max] = {};
  char intermediates_[csi_intermediate_bytes_max] = {};
};

}  // namespace bailey::session

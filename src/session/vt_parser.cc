#include "session/vt_parser.h"

namespace bailey::session {
namespace {

constexpr unsigned char bel = 0x07, can = 0x18, sub = 0x1a, esc = 0x1b, del = 0x7f;
constexpr std::string_view replacement = "\xEF\xBF\xBD";  // U+FFFD

bool is_printable_ascii(unsigned char byte) { return byte >= 0x20 && byte < del; }

// Length by the first byte; 0: can't begin a character (RFC 3629).
unsigned char length_of(unsigned char lead) {
  if (lead >= 0xC2 && lead <= 0xDF) return 2;
  if (lead >= 0xE0 && lead <= 0xEF) return 3;
  if (lead >= 0xF0 && lead <= 0xF4) return 4;
  return 0;
}

// The second byte decides about overlong forms, surrogates and what is beyond U+10FFFF.
bool may_follow(unsigned char lead, unsigned position, unsigned char byte) {
  if ((byte & 0xC0) != 0x80) return false;
  if (position != 1) return true;
  switch (lead) {
    case 0xE0:
      return byte >= 0xA0;
    case 0xED:
      return byte < 0xA0;
    case 0xF0:
      return byte >= 0x90;
    case 0xF4:
      return byte < 0x90;
    default:
      return true;
  }
}

}  // namespace

void VtParser::feed(std::string_view bytes, VtEvents& events) {
  while (!bytes.empty()) {
    if (state_ == State::ground) {
      std::size_t run = 0;  // plain text is nearly all there is: whole runs at once
      while (run < bytes.size() && is_printable_ascii(static_cast<unsigned char>(bytes[run]))) ++run;
      if (run > 0) events.on_text(bytes.substr(0, run));
      bytes.remove_prefix(run);
      if (bytes.empty()) return;
    }
    const auto byte = static_cast<unsigned char>(bytes.front());
    bytes.remove_prefix(1);
    switch (state_) {
      case State::ground:
        ground(byte, events);
        break;
      case State::character:
        character(byte, events);
        break;
      case State::escape:
        escape(byte, events);
        break;
      case State::csi:
      case State::csi_ignored:
        csi(byte, events);
        break;
      case State::string:
      case State::string_escape:
        string(byte, events);
        break;
    }
  }
}

void VtParser::ground(unsigned char byte, VtEvents& events) {
  const char c = static_cast<char>(byte);
  if (byte == esc) {
    intermediate_bytes_ = 0;
    state_ = State::escape;
  } else if (is_printable_ascii(byte)) {
    events.on_text({&c, 1});
  } else if (byte < 0x20) {
    if (byte != can && byte != sub) events.on_control(c);
  } else if (byte != del) {
    character_length_ = length_of(byte);
    if (character_length_ == 0) return events.on_text(replacement);
    character_[0] = c;
    character_used_ = 1;
    state_ = State::character;
  }
}

void VtParser::character(unsigned char byte, VtEvents& events) {
  if (!may_follow(static_cast<unsigned char>(character_[0]), character_used_, byte)) {
    state_ = State::ground;
    events.on_text(replacement);
    return ground(byte, events);
  }
  character_[character_used_++] = static_cast<char>(byte);
  if (character_used_ == character_length_) finish_character(events);
}

void VtParser::finish_character(VtEvents& events) {
  state_ = State::ground;
  const auto last = static_cast<unsigned char>(character_[1]);
  if (static_cast<unsigned char>(character_[0]) == 0xC2 && last < 0xA0) {
    intermediate_bytes_ = 0;
    return finish_escape(static_cast<unsigned char>(last - 0x40), events);  // U+0080 + n is ESC (0x40 + n)
  }
  events.on_text({character_, character_length_});
}

// What ends any sequence at once: ESC begins a new one, CAN and SUB end it, a byte above ASCII belongs to text.
bool VtParser::cancels(unsigned char byte, VtEvents& events) {
  if (byte != esc && byte != can && byte != sub && byte <= del) return false;
  events.on_discarded();
  state_ = State::ground;
  ground(byte, events);
  return true;
}

void VtParser::escape(unsigned char byte, VtEvents& events) {
  if (cancels(byte, events) || byte == del) return;
  if (byte < 0x20) return events.on_control(static_cast<char>(byte));
  if (byte >= 0x30) return finish_escape(byte, events);
  if (intermediate_bytes_ < csi_intermediate_bytes_max) intermediates_[intermediate_bytes_] = static_cast<char>(byte);
  // One past the limit marks it as too long.
  if (intermediate_bytes_ <= csi_intermediate_bytes_max) ++intermediate_bytes_;
}

void VtParser::finish_escape(unsigned char byte, VtEvents& events) {
  state_ = State::ground;
  if (intermediate_bytes_ > csi_intermediate_bytes_max) return events.on_discarded();
  if (intermediate_bytes_ > 0) return events.on_escape({intermediates_, intermediate_bytes_}, static_cast<char>(byte));
  switch (byte) {
    case '[':
      prefix_ = 0;
      parameter_bytes_ = 0;
      state_ = State::csi;
      return;
    case ']':  // OSC
    case 'P':  // DCS
    case 'X':  // SOS
    case '^':  // PM
    case '_':  // APC
    case 'k':  // the title of screen(1) and tmux(1)
      bell_ends_string_ = byte == ']' || byte == 'k';
      before_ = 0;
      state_ = State::string;
      return events.on_discarded();
    default:
      return events.on_escape({}, static_cast<char>(byte));
  }
}

void VtParser::csi(unsigned char byte, VtEvents& events) {
  if (cancels(byte, events) || byte == del) return;
  if (byte < 0x20) return events.on_control(static_cast<char>(byte));
  if (byte >= 0x40) return finish_csi(byte, events);
  const char c = static_cast<char>(byte);
  if (byte < 0x30) {
    if (intermediate_bytes_ == csi_intermediate_bytes_max) state_ = State::csi_ignored;
    else intermediates_[intermediate_bytes_++] = c;
  } else if (byte >= 0x3C) {
    if (prefix_ != 0 || parameter_bytes_ > 0 || intermediate_bytes_ > 0) state_ = State::csi_ignored;
    else prefix_ = c;
  } else {
    if (intermediate_bytes_ > 0 || parameter_bytes_ == csi_parameter_bytes_max) state_ = State::csi_ignored;
    else parameters_[parameter_bytes_++] = c;
  }
}

void VtParser::finish_csi(unsigned char byte, VtEvents& events) {
  const bool ignored = state_ == State::csi_ignored;
  state_ = State::ground;
  if (ignored) return events.on_discarded();
  events.on_sequence({.prefix = prefix_,
                      .parameters = {parameters_, parameter_bytes_},
                      .intermediates = {intermediates_, intermediate_bytes_},
                      .final = static_cast<char>(byte)});
}

void VtParser::string(unsigned char byte, VtEvents& events) {
  const bool after_escape = state_ == State::string_escape;
  if (after_escape && byte != '\\') {
    // ESC ends a string whatever comes: a terminal starts a new sequence here.
    intermediate_bytes_ = 0;
    state_ = State::escape;
    return escape(byte, events);
  }
  if (byte == esc) {
    state_ = State::string_escape;
    return;
  }
  const bool string_terminator = after_escape || (before_ == 0xC2 && byte == 0x9C);
  if (string_terminator || byte == can || byte == sub || (byte == bel && bell_ends_string_)) state_ = State::ground;
  before_ = byte;
}

}  // namespace bailey::session

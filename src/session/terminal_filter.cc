#include "session/terminal_filter.h"

#include "session/terminal_policy.h"

namespace bailey::session {
namespace {

constexpr std::string_view primary_attributes = "\x1b[?62;22c";
constexpr std::string_view secondary_attributes = "\x1b[>0;0;0c";
constexpr std::string_view ready = "\x1b[0n";

std::string ascii_only(std::string_view characters) {
  std::string text;
  for (const char c : characters) {
    const auto byte = static_cast<unsigned char>(c);
    if (byte < 0x80) text += c;
    else if (byte >= 0xC0) text += '?';
  }
  return text;
}

}  // namespace

TerminalFilter::TerminalFilter(WindowSize size, Charset charset) : charset_(charset), size_(size), cursor_(size) {}

void TerminalFilter::feed(std::string_view bytes, std::string& out) {
  out_ = &out;
  parser_.feed(bytes, *this);
  out_ = nullptr;
}

std::string TerminalFilter::filter(std::string_view bytes) {
  std::string out;
  out.reserve(bytes.size());
  feed(bytes, out);
  return out;
}

void TerminalFilter::resize(WindowSize size) {
  size_ = size;
  cursor_.resize(size);
}

std::string TerminalFilter::take_answers() { return std::exchange(answers_, {}); }

void TerminalFilter::answer(std::string_view bytes) {
  if (answers_.size() + bytes.size() <= pending_answer_bytes_max) answers_ += bytes;
}

void TerminalFilter::on_text(std::string_view characters) {
  cursor_.text(characters);
  if (charset_ == Charset::utf8) *out_ += characters;
  else *out_ += ascii_only(characters);
}

void TerminalFilter::on_control(char c0) {
  if (!is_allowed_control(c0)) return on_discarded();
  if (c0 == '\x0e' || c0 == '\x0f') modes_.charset |= c0 == '\x0e';
  cursor_.control(c0);
  *out_ += c0;
}

void TerminalFilter::on_escape(std::string_view intermediates, char final) {
  if (intermediates.empty() && final == 'c') return full_reset();
  if (intermediates.empty() && final == 'Z') answer(primary_attributes);  // DECID
  if (!is_allowed_escape(intermediates, final)) return on_discarded();
  if (intermediates.empty()) {
    cursor_.escape(final);
    if (final == '=' || final == '>') modes_.application_keypad = final == '=';
  } else if (intermediates != "#") {
    modes_.charset |= final != 'B';
  }
  *out_ += '\x1b';
  *out_ += intermediates;
  *out_ += final;
}

// RIS would also undo what the user's own shell has set up. What the agent can expect of it is an empty screen in the
// usual modes, and that it gets.
void TerminalFilter::full_reset() {
  *out_ += modes_.leave_sequence();
  *out_ += "\x1b[!p\x1b[2J\x1b[H";
  modes_ = {};
  cursor_.reset();
}

void TerminalFilter::on_sequence(const ControlSequence& sequence) {
  const auto parameters = parse_parameters(sequence.parameters);
  if (!parameters) return on_discarded();
  answer(answer_to(sequence, *parameters));
  const std::string form = allowed_form(sequence, *parameters);
  if (form.empty()) return on_discarded();
  note_modes(sequence, *parameters);
  if (sequence.prefix == 0 && sequence.intermediates.empty())
    cursor_.sequence(sequence.final, parameters->at(0), parameters->at(1));
  *out_ += form;
}

void TerminalFilter::note_modes(const ControlSequence& sequence, const Parameters& parameters) {
  if (sequence.prefix == '?') {
    if (sequence.final != 'h' && sequence.final != 'l') return;
    const auto state = sequence.final == 'h' ? TerminalModes::State::set : TerminalModes::State::reset;
    for (std::size_t i = 0; i < parameters.count; ++i) modes_.set_private(parameters.values[i], state);
  } else if (sequence.intermediates == "!") {
    modes_.insert = modes_.margins = modes_.application_keypad = modes_.rendition = false;  // DECSTR
  } else if (sequence.intermediates == " ") {
    modes_.cursor_style = parameters.at(0) != 0;
  } else if (sequence.final == 'h' || sequence.final == 'l') {
    modes_.insert = sequence.final == 'h';
  } else if (sequence.final == 'r') {
    modes_.margins = !sequence.parameters.empty();
  } else if (sequence.final == 'm') {
    modes_.rendition = !sequence.parameters.empty() && sequence.parameters != "0";
  }
}

std::string TerminalFilter::answer_to(const ControlSequence& sequence, const Parameters& parameters) const {
  const std::string first = std::to_string(parameters.at(0));
  if (sequence.intermediates == "$" && sequence.final == 'p') {  // DECRQM
    const auto state = sequence.prefix == '?' ? modes_.private_state(parameters.at(0)) : TerminalModes::State::unknown;
    const std::string report = first + ";" + std::to_string(static_cast<int>(state)) + "$y";
    return sequence.prefix == '?' ? "\x1b[?" + report : sequence.prefix == 0 ? "\x1b[" + report : "";
  }
  if (!sequence.intermediates.empty()) return {};
  if (sequence.final == 'c' && parameters.at(0) == 0) {
    if (sequence.prefix == 0) return std::string(primary_attributes);
    return sequence.prefix == '>' ? std::string(secondary_attributes) : std::string();
  }
  if (sequence.prefix != 0) return {};
  if (sequence.final == 'n' && parameters.at(0) == 5) return std::string(ready);
  if (sequence.final == 'n' && parameters.at(0) == 6)
    return "\x1b[" + std::to_string(cursor_.row()) + ";" + std::to_string(cursor_.column()) + "R";
  if (sequence.final == 't' && parameters.at(0) == 18)
    return "\x1b[8;" + std::to_string(size_.rows) + ";" + std::to_string(size_.columns) + "t";
  return {};
}

}  // namespace bailey::session

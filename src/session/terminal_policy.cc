#include "session/terminal_policy.h"

#include <algorithm>

#include "session/terminal_modes.h"

namespace bailey::session {
namespace {

// Cursor motion, editing and scrolling: ECMA-48 finals that take at most two numbers and answer nothing.
constexpr std::string_view plain_finals = "@ABCDEFGHIJKLMPSTXZ`abdefgr";

bool is_plain(const ControlSequence& sequence, const Parameters& parameters) {
  if (plain_finals.find(sequence.final) == std::string_view::npos || parameters.has_subparameters) return false;
  switch (sequence.final) {
    case 'H':
    case 'f':
    case 'r':
      return parameters.count <= 2;
    case 'J':
      return parameters.count == 1 && parameters.at(0) <= 2;  // 3 erases what the user could scroll back to
    default:
      return parameters.count == 1;  // T with five numbers is highlight tracking, which waits for an answer
  }
}

std::string text_of(const Parameters& parameters) {
  std::string text;
  for (std::size_t i = 0; i < parameters.count; ++i) {
    if (i > 0) text += ';';
    // An absent number and 0 mean the same in every sequence that is let through.
    if (parameters.values[i] != 0) text += std::to_string(parameters.values[i]);
  }
  return text;
}

std::string plain_form(const ControlSequence& sequence, const Parameters& parameters) {
  return "\x1b[" + text_of(parameters) + sequence.final;
}

// Colours need subparameters (4:3, 38:2::r:g:b), so the text goes through as it is.
std::string rendition_form(const ControlSequence& sequence) { return "\x1b[" + std::string(sequence.parameters) + 'm'; }

bool is_private_mode(unsigned number) {
  return std::any_of(std::begin(private_modes), std::end(private_modes),
                     [&](const PrivateMode& mode) { return mode.number == number; });
}

std::string private_mode_form(const ControlSequence& sequence, const Parameters& parameters) {
  Parameters kept;
  for (std::size_t i = 0; i < parameters.count; ++i)
    if (is_private_mode(parameters.values[i])) kept.values[kept.count++] = parameters.values[i];
  return kept.count == 0 ? "" : "\x1b[?" + text_of(kept) + sequence.final;
}

std::string private_form(const ControlSequence& sequence, const Parameters& parameters) {
  if (parameters.has_subparameters) return {};
  switch (sequence.final) {
    case 'h':
    case 'l':
      return private_mode_form(sequence, parameters);
    case 'J':  // selective erase
    case 'K':
      return parameters.count == 1 && parameters.at(0) <= 2 ? "\x1b[?" + text_of(parameters) + sequence.final : "";
    default:
      return {};
  }
}

std::string intermediate_form(const ControlSequence& sequence, const Parameters& parameters) {
  constexpr unsigned cursor_style_max = 6;
  if (parameters.count != 1 || parameters.has_subparameters) return {};
  if (sequence.intermediates == " " && sequence.final == 'q' && parameters.at(0) <= cursor_style_max)
    return "\x1b[" + text_of(parameters) + " q";
  if (sequence.intermediates == "!" && sequence.final == 'p' && sequence.parameters.empty()) return "\x1b[!p";
  return {};
}

}  // namespace

std::optional<Parameters> parse_parameters(std::string_view text) {
  Parameters parameters{.count = 1};
  for (const char c : text) {
    unsigned& value = parameters.values[parameters.count - 1];
    if (c == ':' || c == ';') {
      parameters.has_subparameters |= c == ':';
      if (parameters.count == parameters_max) return std::nullopt;
      ++parameters.count;
    } else {
      value = std::min(value * 10 + static_cast<unsigned>(c - '0'), parameter_value_max);
    }
  }
  return parameters;
}

bool is_allowed_control(char c0) {
  constexpr std::string_view allowed = "\a\b\t\n\v\f\r\x0e\x0f";  // SO and SI choose the line-drawing characters
  return c0 != 0 && allowed.find(c0) != std::string_view::npos;
}

bool is_allowed_escape(std::string_view intermediates, char final) {
  const auto is_one_of = [&](std::string_view finals) { return finals.find(final) != std::string_view::npos; };
  if (intermediates.empty()) return is_one_of("78=>DEHM");
  if (intermediates.size() != 1) return false;
  switch (intermediates.front()) {
    case '(':
    case ')':
    case '*':
    case '+':
      return is_one_of("0AB");  // line drawing, UK, ASCII
    case '#':
      return is_one_of("34568");  // line sizes, alignment pattern
    default:
      return false;
  }
}

std::string allowed_form(const ControlSequence& sequence, const Parameters& parameters) {
  if (!sequence.intermediates.empty())
    return sequence.prefix == 0 ? intermediate_form(sequence, parameters) : std::string();
  if (sequence.prefix == '?') return private_form(sequence, parameters);
  if (sequence.prefix != 0) return {};
  if (sequence.final == 'm') return rendition_form(sequence);
  // Insert mode only: 2 locks the keyboard, 12 and 20 change what typing sends.
  if (sequence.final == 'h' || sequence.final == 'l')
    return sequence.parameters == "4" ? plain_form(sequence, parameters) : std::string();
  // Save and restore the cursor; with numbers these are margins and key reports.
  if (sequence.final == 's' || sequence.final == 'u')
    return sequence.parameters.empty() ? plain_form(sequence, parameters) : std::string();
  return is_plain(sequence, parameters) ? plain_form(sequence, parameters) : std::string();
}

}  // namespace bailey::session

// For tests and fuzzing: whether bytes are safe to send to a terminal, decided without the parser and the policy under
// test. The grammar of what the filter may write is so small that it can be checked from left to right.
#pragma once

#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>

#include "base/text.h"

namespace bailey::session {

// Empty: safe. Else what is wrong and where.
inline std::string unsafe_for_terminal(std::string_view text) {
  const auto at = [&](const char* what, std::size_t position) { return what + (" at " + std::to_string(position)); };
  if (!is_utf8(text)) return "not UTF-8";
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto byte = static_cast<unsigned char>(text[i]);
    if (byte == 0xC2 && static_cast<unsigned char>(text[i + 1]) < 0xA0) return at("C1 control", i);
    if (byte >= 0x20 && byte != 0x7F) continue;
    if (byte != 0x1b) {
      if (byte == 0 || std::strchr("\a\b\t\n\v\f\r\x0e\x0f", byte) == nullptr) return at("C0 control", i);
      continue;
    }
    if (++i == text.size()) return at("cut sequence", i);
    if (std::strchr("78=>DEHM", text[i]) != nullptr && text[i] != 0) continue;
    if (std::strchr("()*+#", text[i]) != nullptr && text[i] != 0) {
      if (++i == text.size() || std::strchr("0AB34568", text[i]) == nullptr) return at("escape sequence", i);
      continue;
    }
    if (text[i] != '[') return at("escape sequence", i);
    const std::size_t start = i + 1;
    i = text.find_first_not_of("0123456789;:? !", start);
    if (i == std::string_view::npos) return at("cut control sequence", start);
    const std::string_view middle = text.substr(start, i - start);
    const bool is_private = middle.starts_with('?');
    if (middle.find('?', is_private ? 1 : 0) != std::string_view::npos) return at("misplaced prefix", start);
    const char final = text[i];
    if (is_private) {
      if (std::strchr("hlJK", final) == nullptr) return at("private sequence", start);
      for (const char* bad : {"?2h", "?2l", "?3h", "?3l", "?38", "?40", "?1001", "?1034", "?1042", "?1043"})
        if ((std::string(middle) + final).find(bad) != std::string::npos) return at("private mode", start);
    } else if (middle.ends_with(' ')) {
      if (final != 'q') return at("sequence with space", start);
    } else if (middle.ends_with('!')) {
      if (final != 'p') return at("sequence with !", start);
    } else if (std::strchr("@ABCDEFGHIJKLMPSTXZ`abdefghlmrsu", final) == nullptr || final == 0) {
      return at("control sequence", start);
    } else if ((final == 'h' || final == 'l') && middle != "4") {
      return at("mode", start);
    } else if (final == 'J' && middle.find('3') != std::string_view::npos) {
      return at("erase scrollback", start);
    } else if ((final == 'T' || final == 's' || final == 'u') && middle.find(';') != std::string_view::npos) {
      return at("tracking or margins", start);
    }
  }
  return {};
}

}  // namespace bailey::session

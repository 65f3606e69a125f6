#include "review/hidden_text.h"

#include <algorithm>
#include <array>
#include <cstdio>

#include "base/text.h"

namespace bailey::review {
namespace {

struct CodePoint {
  char32_t code = 0;
  std::size_t bytes = 1;  // code 0xFFFFFFFF: one byte that is not UTF-8
};
constexpr char32_t no_code = 0xFFFFFFFF;

CodePoint code_point_at(std::string_view text, std::size_t at) {
  const auto byte = [&](std::size_t i) { return static_cast<unsigned char>(text[at + i]); };
  const unsigned lead = byte(0);
  if (lead < 0x80) return {lead, 1};
  const std::size_t bytes = lead >= 0xF0 ? 4 : lead >= 0xE0 ? 3 : 2;
  if (lead < 0xC2 || lead > 0xF4 || text.size() - at < bytes) return {no_code, 1};
  char32_t code = lead & (0xFFU >> (bytes + 1));
  for (std::size_t i = 1; i < bytes; ++i) {
    if ((byte(i) & 0xC0U) != 0x80) return {no_code, 1};
    code = (code << 6U) | (byte(i) & 0x3FU);
  }
  return {code, bytes};
}

bool is_bidi(char32_t c) {
  return (c >= 0x202A && c <= 0x202E) || (c >= 0x2066 && c <= 0x2069) || c == 0x200E || c == 0x200F || c == 0x061C;
}
bool is_joiner(char32_t c) { return c == 0x200C || c == 0x200D; }
bool is_invisible(char32_t c) {
  return c == 0x200B || (c >= 0x2060 && c <= 0x2065) || (c >= 0x206A && c <= 0x206F) || c == 0x180E || c == 0x3164 ||
         c == 0x115F || c == 0x1160 || c == 0xFFA0 || c == 0x034F || c == 0xFEFF || c == 0x17B4 || c == 0x17B5 ||
         (c >= 0xFFF9 && c <= 0xFFFB) || (c >= 0x1D173 && c <= 0x1D17A);
}
bool is_tag(char32_t c) { return c >= 0xE0000 && c <= 0xE007F; }
bool is_variation(char32_t c) { return (c >= 0xFE00 && c <= 0xFE0F) || (c >= 0xE0100 && c <= 0xE01EF); }
bool is_private(char32_t c) { return (c >= 0xE000 && c <= 0xF8FF) || (c >= 0xF0000 && c <= 0x10FFFD); }
bool is_control(char32_t c) {
  return (c < 0x20 && c != '\t' && c != '\n' && c != '\r' && c != '\f' && c != 0) || (c >= 0x7F && c < 0xA0);
}
bool is_latin(char32_t c) { return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z'); }

// Letters of other scripts that are drawn like Latin ones in usual fonts (Unicode UTS #39, confusables).
constexpr auto look_alikes = std::to_array<char32_t>({
    0x0391, 0x0392, 0x0395, 0x0396, 0x0397, 0x0399, 0x039A, 0x039C, 0x039D, 0x039F, 0x03A1, 0x03A4, 0x03A5, 0x03A7,
    0x03BD, 0x03BF, 0x03F2, 0x0405, 0x0406, 0x0408, 0x0410, 0x0412, 0x0415, 0x041A, 0x041C, 0x041D, 0x041E, 0x0420,
    0x0421, 0x0422, 0x0423, 0x0425, 0x0430, 0x0435, 0x043E, 0x0440, 0x0441, 0x0443, 0x0445, 0x0455, 0x0456, 0x0458,
    0x04AE, 0x04BB, 0x04C0, 0x04CF, 0x0501, 0x050C, 0x051B, 0x051D, 0x0555, 0x0570, 0x0578, 0x057D, 0x0581, 0x0585,
});
bool is_look_alike(char32_t c) { return std::ranges::binary_search(look_alikes, c); }

// What is needed of the text around a character.
struct Around {
  char32_t before = 0;                            // the character before
  int variations = 0;                             // variation selectors in a row
  int privates = 0;                               // private-use characters in a row
  bool in_flag = false;                           // tag characters of an emoji flag
  bool word_latin = false;                        // the word so far has Latin letters
  std::size_t word_odd = std::string_view::npos;  // where it has a look-alike
  char32_t odd_code = 0;
};

class Finder {
 public:
  Finder(std::string_view text, std::size_t places_max) : text_(text), places_max_(places_max) {}

  std::vector<TrickPlace> run() {
    for (std::size_t at = 0; at < text_.size() && places_.size() < places_max_;) {
      const CodePoint point = code_point_at(text_, at);
      if (point.code == '\n') seen_.fill(false);
      if (point.code != no_code) look(point.code, at, at + point.bytes);
      around_.before = point.code;
      at += point.bytes;
    }
    end_word();
    return std::move(places_);
  }

 private:
  void add(Trick trick, std::size_t at, char32_t code) {
    auto& seen = seen_.at(static_cast<std::size_t>(trick));
    if (!seen) places_.push_back({trick, at, code});
    seen = true;
  }

  void look(char32_t c, std::size_t at, std::size_t next) {
    look_at_word(c, at);
    if (c < 0x80) {
      around_.variations = around_.privates = 0;
      around_.in_flag = false;
      if (is_control(c)) add(Trick::control, at, c);
      return;
    }
    if (is_control(c)) add(Trick::control, at, c);
    if (is_bidi(c)) add(Trick::bidi, at, c);
    if (is_invisible(c) && !(c == 0xFEFF && at == 0)) add(Trick::invisible, at, c);
    // Joiners shape emoji and the scripts of half of Asia; between plain Latin letters they do nothing but hide.
    if (is_joiner(c) && around_.before < 0x80 && next < text_.size() && code_point_at(text_, next).code < 0x80)
      add(Trick::invisible, at, c);
    around_.variations = is_variation(c) ? around_.variations + 1 : 0;
    around_.privates = is_private(c) ? around_.privates + 1 : 0;
    constexpr int privates_in_a_row = 8;
    if (around_.variations > 1 || around_.privates > privates_in_a_row) add(Trick::smuggled, at, c);
    constexpr char32_t black_flag = 0x1F3F4;  // a region's flag is spelt in tag characters after it
    if (c == black_flag) around_.in_flag = true;
    else if (!is_tag(c)) around_.in_flag = false;
    else if (!around_.in_flag) add(Trick::smuggled, at, c);
  }

  void look_at_word(char32_t c, std::size_t at) {
    if (is_latin(c)) around_.word_latin = true;
    else if (is_look_alike(c)) around_.word_odd = at, around_.odd_code = c;
    else if (c < 0x80 && !(c >= '0' && c <= '9') && c != '_') end_word();
    else if (c >= 0x80) around_.word_latin = false, around_.word_odd = std::string_view::npos;  // honest other script
  }
  void end_word() {
    if (around_.word_latin && around_.word_odd != std::string_view::npos)
      add(Trick::mixed_script, around_.word_odd, around_.odd_code);
    around_.word_latin = false;
    around_.word_odd = std::string_view::npos;
  }

  std::string_view text_;
  std::size_t places_max_;
  std::vector<TrickPlace> places_;
  std::array<bool, 5> seen_{};
  Around around_;
};

}  // namespace

std::vector<TrickPlace> find_tricks(std::string_view text, std::size_t places_max) {
  // Nearly all text is plain ASCII, in which there are none.
  const auto is_plain = [](char c) {
    return (c >= 0x20 && c < 0x7F) || c == '\n' || c == '\t' || c == '\r' || c == '\f' || c == 0;
  };
  if (std::ranges::all_of(text, is_plain)) return {};
  return Finder(text, places_max).run();
}

std::string revealed(std::string_view text) {
  std::string shown;
  char escape[16];
  for (std::size_t at = 0; at < text.size();) {
    const CodePoint point = code_point_at(text, at);
    const char32_t c = point.code;
    const bool hidden = c != no_code && (is_invisible(c) || is_joiner(c) || is_tag(c) || is_bidi(c) ||
                                         (c >= 0xE0100 && c <= 0xE01EF) || is_private(c));
    if (hidden) {
      std::snprintf(escape, sizeof escape, "\\u{%04x}", static_cast<unsigned>(c));
      shown += escape;
    } else {
      shown += text.substr(at, point.bytes);
    }
    at += point.bytes;
  }
  return visible(shown);
}

}  // namespace bailey::review

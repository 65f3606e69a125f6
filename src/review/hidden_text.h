// Characters that make text look other than it is: reordered, invisible, smuggled, or taken from another script.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::review {

enum class Trick {
  bidi,         // direction controls (Trojan Source, CVE-2021-42574)
  invisible,    // takes no room, or looks like a space, where no script needs it
  smuggled,     // tag characters and runs of variation selectors: data that nobody sees
  control,      // escape sequences and other control characters
  mixed_script  // a word of Latin letters with look-alikes from another script in it
};

struct TrickPlace {
  Trick trick;
  std::size_t offset;  // bytes into the text
  char32_t code;
};

// At most one place a line and trick. Bytes that are not UTF-8 are passed over. Joiners and marks are taken for
// ordinary where the scripts or emoji that need them surround them.
[[nodiscard]] std::vector<TrickPlace> find_tricks(std::string_view text, std::size_t places_max);

// As visible() (base/text.h), and every character that find_tricks() would call invisible or smuggled is spelt out.
[[nodiscard]] std::string revealed(std::string_view text);

}  // namespace bailey::review

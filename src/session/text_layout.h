// Text from anywhere, as lines for a window: escaped, measured in cells, broken at spaces.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bailey::session {

// Cells of text that is visible(): one a character, two for wide ones, none for combining ones.
[[nodiscard]] std::size_t cells(std::string_view text);

// `text` is made visible() and broken into lines of at most `width` cells (at least 1), the first `lines_max` of them;
// the last ends in "…" when there was more. The second and later lines begin with `indent` spaces.
[[nodiscard]] std::vector<std::string> wrapped(std::string_view text, std::size_t width, std::size_t lines_max,
                                               std::size_t indent = 0);

}  // namespace bailey::session

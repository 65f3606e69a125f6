// Text for people and models, made of bytes that may be anything (file names are the agent's).
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bailey::guest {

// Control characters, quotes' worth of trouble and bytes that are not UTF-8 become \xNN: one line, safe to show.
[[nodiscard]] std::string visible(std::string_view text);
// A JSON string with its quotes (RFC 8259); bytes that are not UTF-8 as U+FFFD.
[[nodiscard]] std::string json_quoted(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string_view trim(std::string_view text);

}  // namespace bailey::guest

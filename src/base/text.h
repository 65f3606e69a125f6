// Text that may come from anywhere, made fit to be shown, named or compared.
#pragma once

#include <string>
#include <string_view>
#include <vector>

namespace bailey {

// Control characters (C0, DEL, C1 as UTF-8), bidi controls and bytes that are not UTF-8 become \xNN or \u{NNNN}, so
// that text of an attacker can neither move the cursor nor reorder a line. Printable text is unchanged.
[[nodiscard]] std::string visible(std::string_view text);

[[nodiscard]] bool is_utf8(std::string_view text);
[[nodiscard]] bool has_control_characters(std::string_view text);
[[nodiscard]] std::vector<std::string_view> split(std::string_view text, char separator);
[[nodiscard]] std::string_view trim(std::string_view text);
[[nodiscard]] std::string to_hex(std::string_view bytes);
// For a POSIX shell: quoted only where needed.
[[nodiscard]] std::string shell_quoted(std::string_view word);

}  // namespace bailey

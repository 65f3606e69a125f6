// Value to text. Stable: members in their order, shortest number that reads back the same, no locale.
#pragma once

#include <string>

#include "base/result.h"
#include "json/value.h"

namespace bailey::json {

enum class Layout { line, indented };  // no spaces and no newline at all / two spaces a level, no newline at the end

// Control characters (C0, DEL, C1), bidi controls and U+2028/9 are written as \uNNNN, so that the text can be shown on
// a terminal. Each byte that is not UTF-8 becomes U+FFFD. NaN and infinities, which JSON lacks, become null.
[[nodiscard]] std::string write(const Value& value, Layout layout = Layout::line);
// The same, but bytes that are not UTF-8 and numbers that JSON lacks are an error: for what must read back unchanged.
[[nodiscard]] Result<std::string> write_exact(const Value& value, Layout layout = Layout::line);
// Appends a quoted, escaped string as write() would.
void append_quoted(std::string& out, std::string_view text);

}  // namespace bailey::json

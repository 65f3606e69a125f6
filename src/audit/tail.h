// The end of a segment: its last complete line and what may stand behind it.
#pragma once

#include <cstdint>
#include <optional>
#include <string>

#include "base/result.h"

namespace bailey::audit {

struct Torn;

struct Tail {
  std::uint64_t lines_end = 0;           // offset behind the last newline
  std::optional<std::string> last_line;  // without its newline; nothing when [from, size) has none
};
// `from` is the start of a line. Reads backwards: the cost is that of the last line, not of the file.
[[nodiscard]] Result<Tail> read_tail(int fd, std::uint64_t from, std::uint64_t size);
[[nodiscard]] Result<Torn> read_torn(int fd, std::uint64_t from, std::uint64_t size, std::size_t kept_max);

}  // namespace bailey::audit

#include "audit/tail.h"

#include <unistd.h>

#include <algorithm>

#include "audit/store.h"

namespace bailey::audit {
namespace {

Result<std::string> read_range(int fd, std::uint64_t from, std::uint64_t to) {
  std::string bytes(to - from, '\0');
  std::size_t used = 0;
  while (used < bytes.size()) {
    const ssize_t count = ::pread(fd, bytes.data() + used, bytes.size() - used, static_cast<off_t>(from + used));
    if (count < 0) return fail_errno("read the audit log");
    if (count == 0) return fail("read the audit log", "it became shorter");
    used += static_cast<std::size_t>(count);
  }
  return bytes;
}

// Offset of the last newline in [from, to).
Result<std::optional<std::uint64_t>> last_newline(int fd, std::uint64_t from, std::uint64_t to) {
  constexpr std::uint64_t step_bytes = 16384;
  while (to > from) {
    const std::uint64_t start = to - std::min(step_bytes, to - from);
    const std::string bytes = TRY(read_range(fd, start, to));
    if (const auto found = bytes.rfind('\n'); found != std::string::npos) return start + found;
    to = start;
  }
  return std::nullopt;
}

}  // namespace

Result<Tail> read_tail(int fd, std::uint64_t from, std::uint64_t size) {
  const auto end = TRY(last_newline(fd, from, size));
  if (!end) return Tail{.lines_end = from};
  const std::uint64_t earliest = *end - from > line_bytes_max ? *end - line_bytes_max : from;
  const auto before = TRY(last_newline(fd, earliest, *end));
  if (!before && earliest != from) return fail("read the audit log", "its last line is too long for an event");
  return Tail{.lines_end = *end + 1, .last_line = TRY(read_range(fd, before ? *before + 1 : from, *end))};
}

Result<Torn> read_torn(int fd, std::uint64_t from, std::uint64_t size, std::size_t kept_max) {
  return Torn{.bytes = size - from, .kept = TRY(read_range(fd, from, std::min<std::uint64_t>(size, from + kept_max)))};
}

}  // namespace bailey::audit

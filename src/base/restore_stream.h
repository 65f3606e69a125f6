// What the host says to `bailey restore` in the sandbox: a stream of operations on /workspace, each a line of numbers
// and then its bytes. Rounds end with `end`, which the other side answers with one line. Both sides are ours; the
// reader is strict all the same.
//
//   "<kind> <octal mode> <modification time, ns> <bytes> <path length> <target length>\n" path target content
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>

namespace bailey {

struct RestoreOperation {
  enum class Kind : char {
    remove = 'R',     // whatever is there, with all below it
    directory = 'D',  // make it, unless it is one
    file = 'F',       // replace it; `bytes` of content follow
    link = 'L',       // replace it
    mode = 'M',       // set a directory's mode
    end = 'E',        // of the round
  };
  Kind kind = Kind::end;
  std::uint32_t mode = 0;
  std::int64_t mtime_ns = 0;
  std::uint64_t bytes = 0;
  std::string path;    // relative to /workspace; never leads out of it
  std::string target;  // of a link
  bool operator==(const RestoreOperation&) const = default;
};

inline constexpr std::size_t restore_line_bytes_max = 128;
inline constexpr std::size_t restore_path_bytes_max = 4096;

// Line, path and target; the content is the caller's to send.
[[nodiscard]] std::string encode(const RestoreOperation& operation);
// The line without its newline; nothing for one that is malformed. Lengths of path and target come back in `path` and
// `target` as that many NUL bytes.
[[nodiscard]] std::optional<RestoreOperation> parse_restore_line(std::string_view line);
// Relative, without empty, "." or ".." components, and without NUL.
[[nodiscard]] bool is_plain_relative_path(std::string_view path);

}  // namespace bailey

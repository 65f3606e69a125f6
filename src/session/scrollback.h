// What the agent's terminal showed lately, for viewers that attach, and as a file for `bailey logs`.
//
// How it works. The filter's output is kept raw and replayed: a terminal that receives the replay ends up as one that
// watched all along. When the beginning is cut off, the modes it had set are kept (TerminalModes) and set before the
// replay. Cuts are made before an ESC or after a newline only: in the filter's output those are always boundaries.
#pragma once

#include <string>
#include <string_view>

#include "base/fd.h"
#include "base/result.h"
#include "session/terminal_filter.h"

namespace bailey::session {

inline constexpr std::size_t scrollback_bytes_default = std::size_t{256} << 10;
inline constexpr std::size_t terminal_log_bytes_default = std::size_t{32} << 20;

// The first position at or after `at` where filtered output may be cut; text.size() if there is none.
[[nodiscard]] std::size_t next_boundary(std::string_view text, std::size_t at);

class Scrollback {
 public:
  explicit Scrollback(std::size_t bytes_max = scrollback_bytes_default) : bytes_max_(bytes_max) {}

  // `filtered` comes from TerminalFilter, in whole calls. Memory stays below twice `bytes_max`.
  void append(std::string_view filtered);
  // At most bytes_max of output, and the modes in force where it begins.
  [[nodiscard]] std::string replay() const;

 private:
  std::size_t bytes_max_;
  std::string text_;
  TerminalFilter gone_;  // has seen what was cut off
};

// <session>/terminal.log and, before it, terminal.log.1: together at most `bytes_max`.
class TerminalLog {
 public:
  // Goes on where an earlier one ended.
  [[nodiscard]] static Result<TerminalLog> open(const std::string& session_directory,
                                                std::size_t bytes_max = terminal_log_bytes_default);
  // After an error (a full disk) nothing more is written: the error is reported once, the session goes on.
  Status append(std::string_view filtered);

 private:
  TerminalLog(std::string path, std::size_t bytes_max, Fd file, std::size_t bytes)
      : path_(std::move(path)), bytes_max_(bytes_max), file_(std::move(file)), bytes_(bytes) {}
  Status rotate();

  std::string path_;
  std::size_t bytes_max_;
  Fd file_;
  std::size_t bytes_ = 0;  // in the current file
};

// The whole log, filtered again, because a file can have been changed since. Empty if nothing was written.
[[nodiscard]] Result<std::string> read_terminal_log(const std::string& session_directory);
// Without colours and cursor motion: text, newlines and tabs only. For pipes and files.
[[nodiscard]] std::string plain_text(std::string_view terminal_output);

}  // namespace bailey::session

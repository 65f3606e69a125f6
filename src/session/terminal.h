// The user's terminal: raw while a session has it, as it was afterwards. tty_ioctl(4), termios(3).
#pragma once

#include <termios.h>

#include <string>

#include "base/fd.h"
#include "base/result.h"
#include "session/protocol.h"
#include "session/terminal_filter.h"

namespace bailey::session {

// Of the terminal behind `fd`; 24 × 80 when it does not know.
[[nodiscard]] WindowSize window_size_of(int fd);

// Raw from construction to destruction. Signals that the client catches end in the destructor; should the client crash
// (SIGSEGV, SIGABRT …), a handler restores the terminal before the process dies. Nothing helps against SIGKILL: shells
// restore it themselves then.
class RawTerminal {
 public:
  // `fd` is borrowed and is a terminal.
  [[nodiscard]] static Result<RawTerminal> enter(int fd);
  RawTerminal(RawTerminal&& other) noexcept
      : fd_(std::exchange(other.fd_, -1)), raw_(std::exchange(other.raw_, false)), saved_(other.saved_) {}
  RawTerminal& operator=(RawTerminal&&) = delete;
  ~RawTerminal() { leave(); }

  void leave();
  Status enter_again();  // after leave()

 private:
  RawTerminal(int fd, const termios& saved) : fd_(fd), saved_(saved) {}

  int fd_ = -1;
  bool raw_ = false;
  termios saved_{};
};

// The same terminal or pipe through an open file description of our own, non-blocking; empty when the kernel refuses
// (another user's terminal). O_NONBLOCK on the one we inherited would be seen by the shell.
[[nodiscard]] Fd reopen_non_blocking(int fd, int access_mode);

// From LC_ALL, LC_CTYPE or LANG as locale(7) ranks them. A terminal is in an 8-bit mode only if the locale names such
// a character set: "C" and nothing at all are common with UTF-8 terminals.
[[nodiscard]] Charset charset_of_locale(const char* lc_all, const char* lc_ctype, const char* lang);

}  // namespace bailey::session

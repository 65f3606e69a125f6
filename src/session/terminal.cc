#include "session/terminal.h"

#include <fcntl.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include <algorithm>
#include <cctype>
#include <cerrno>
#include <csignal>

#include "base/text.h"

namespace bailey::session {
namespace {

constexpr int crash_signals[] = {SIGSEGV, SIGBUS, SIGILL, SIGFPE, SIGABRT, SIGSYS, SIGTRAP};
constexpr char crash_reset[] = "\x1b[?2026l\x1b[?1000l\x1b[?1002l\x1b[?1003l\x1b[?1004l\x1b[?2004l\x1b[?25h\x1b[0m\r\n";

// A signal handler can reach nothing else. Set only while a terminal is raw; -1: nothing to restore.
volatile sig_atomic_t crash_fd = -1;
termios crash_saved;

void restore_and_die(int signal) {
  const int fd = crash_fd;
  if (fd >= 0) {
    ::tcsetattr(fd, TCSANOW, &crash_saved);  // async-signal-safe, as write(2) is: signal-safety(7)
    (void)!::write(fd, crash_reset, sizeof crash_reset - 1);
  }
  ::raise(signal);  // SA_RESETHAND: the default action this time
}

void catch_crashes(int fd, const termios& saved) {
  crash_saved = saved;
  crash_fd = fd;
  struct sigaction action {};
  action.sa_handler = restore_and_die;
  action.sa_flags = static_cast<int>(SA_RESETHAND | SA_NODEFER);
  for (const int signal : crash_signals) {
    struct sigaction before {};
    // A sanitizer's or debugger's handler stays.
    if (::sigaction(signal, nullptr, &before) == 0 && before.sa_handler == SIG_DFL)
      ::sigaction(signal, &action, nullptr);
  }
}

void stop_catching_crashes() {
  crash_fd = -1;
  for (const int signal : crash_signals) {
    struct sigaction now {};
    if (::sigaction(signal, nullptr, &now) == 0 && now.sa_handler == restore_and_die) ::signal(signal, SIG_DFL);
  }
}

// A client in the background would be stopped by SIGTTOU while it restores the terminal.
void set_attributes(int fd, const termios& attributes) {
  sigset_t output_stop;
  sigset_t before;
  sigemptyset(&output_stop);
  sigaddset(&output_stop, SIGTTOU);
  ::pthread_sigmask(SIG_BLOCK, &output_stop, &before);
  ::tcsetattr(fd, TCSANOW, &attributes);  // not TCSADRAIN: a terminal that is held up would hold us up
  ::pthread_sigmask(SIG_SETMASK, &before, nullptr);
}

std::uint16_t within(unsigned value, std::uint16_t otherwise) {
  return value == 0 ? otherwise : static_cast<std::uint16_t>(std::min<unsigned>(value, window_cells_max));
}

}  // namespace

WindowSize window_size_of(int fd) {
  winsize size{};
  const WindowSize usual;
  if (::ioctl(fd, TIOCGWINSZ, &size) != 0) return usual;
  return {within(size.ws_row, usual.rows), within(size.ws_col, usual.columns)};
}

Result<RawTerminal> RawTerminal::enter(int fd) {
  termios saved{};
  if (::tcgetattr(fd, &saved) != 0) return fail_errno("read the terminal's settings");
  RawTerminal terminal(fd, saved);
  TRY_STATUS(terminal.enter_again());
  return terminal;
}

Status RawTerminal::enter_again() {
  termios raw = saved_;
  ::cfmakeraw(&raw);
  catch_crashes(fd_, saved_);  // before there is something to restore
  if (::tcsetattr(fd_, TCSANOW, &raw) != 0) {
    const int code = errno;
    stop_catching_crashes();
    return fail_errno(code, "make the terminal raw");
  }
  raw_ = true;
  return {};
}

void RawTerminal::leave() {
  if (fd_ < 0 || !std::exchange(raw_, false)) return;
  stop_catching_crashes();
  set_attributes(fd_, saved_);
}

Fd reopen_non_blocking(int fd, int access_mode) {
  const std::string path = "/proc/self/fd/" + std::to_string(fd);
  return Fd(::open(path.c_str(), access_mode | O_NONBLOCK | O_NOCTTY | O_CLOEXEC));
}

Charset charset_of_locale(const char* lc_all, const char* lc_ctype, const char* lang) {
  for (const char* value : {lc_all, lc_ctype, lang}) {
    if (value == nullptr || *value == 0) continue;
    std::string_view charset = value;
    const auto dot = charset.find('.');
    if (dot == std::string_view::npos) return Charset::utf8;
    charset.remove_prefix(dot + 1);
    charset = charset.substr(0, charset.find('@'));
    std::string plain;
    for (const char c : charset)
      if (std::isalnum(static_cast<unsigned char>(c)) != 0)
        plain += static_cast<char>(std::tolower(static_cast<unsigned char>(c)));
    return plain == "utf8" ? Charset::utf8 : Charset::ascii;
  }
  return Charset::utf8;
}

}  // namespace bailey::session

#include "cli/attend.h"

#include <sys/ioctl.h>
#include <unistd.h>

#include <cstdio>

#include "cli/command.h"

namespace bailey::cli {

session::IoKind io_of_caller() {
  return session::has_terminal(0, 1) ? session::IoKind::terminal : session::IoKind::pipes;
}

session::WindowSize window_of_caller() {
  winsize window{};
  session::WindowSize size;
  if (::ioctl(0, TIOCGWINSZ, &window) == 0 && window.ws_row > 0 && window.ws_col > 0) {
    size.rows = std::min<std::uint16_t>(window.ws_row, session::window_cells_max);
    size.columns = std::min<std::uint16_t>(window.ws_col, session::window_cells_max);
  }
  return size;
}

int attend(Fd connection, const std::string& name, std::variant<session::Attach, session::Exec> request) {
  const SystemClock clock;
  session::ClientOptions options{.request = std::move(request)};
  options.progress = ::isatty(2) != 0 ? session::ShowProgress::yes : session::ShowProgress::no;
  const auto result = session::run_client(clock, std::move(connection), options);
  if (!result) return report(result.error(), exit_not_started);
  if (result->end == session::ClientEnd::detached) {
    std::fprintf(stderr, "[detached from %s; come back with: bailey attach %s]\n", name.c_str(), name.c_str());
    return result->status;
  }
  if (!result->reason.empty()) std::fprintf(stderr, "bailey: %s\n", result->reason.c_str());
  return result->status;
}

}  // namespace bailey::cli

// The client of a session: `bailey run`, `attach` and `exec` on the user's side.
//
// How it works. Two ways, by what the request says:
//   terminal  stdin and stdout are terminals. Raw mode; every key goes to the agent but the detach keys (ctrl-b d);
//             ctrl-c is a byte. Output has been filtered by the supervisor and is filtered again here, which also
//             tells what must be undone when the viewer leaves. When something has to be approved, the question takes
//             the place of the agent's screen and the keys (client_prompt.h). SIGHUP, SIGTERM, SIGINT and SIGQUIT
//             detach: the session lives on.
//   pipes     stdout and stderr stay apart, the end of stdin is passed on, bytes go through unchanged, but for a stream
//             that is a terminal: that one is filtered. SIGINT and SIGTERM ask for the session to stop and save; the
//             second one forces; the third leaves it alone and ends the client. A reader that goes away (EPIPE) is a
//             stop too. SIGHUP detaches.
// Everything is bounded: a slow terminal or reader makes the client stop reading from the supervisor.
//
// What it relies on. It has no authority: killed at any moment it changes nothing but the user's terminal, which it
// restores on every way out that a process can catch.
#pragma once

#include <functional>
#include <string>
#include <variant>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "session/protocol.h"
#include "session/terminal_filter.h"

namespace bailey::session {

enum class ShowProgress { no, yes };

struct ClientOptions {
  // Its terminal flag decides between the two ways; its window size is filled in.
  std::variant<Attach, Exec> request;
  int stdin_fd = 0;  // borrowed, all three
  int stdout_fd = 1;
  int stderr_fd = 2;
  Charset charset = Charset::utf8;  // charset_of_locale()
  ShowProgress progress = ShowProgress::no;
};

enum class ClientEnd { exited, detached };

struct ClientResult {
  ClientEnd end = ClientEnd::exited;
  int status = 0;      // exited: the command's or 124, 125; detached: 0, or 128 + n by signal n
  std::string reason;  // of an exit that was not the command's own; already visible()
};

// True when stdin and stdout are terminals: what Attach::is_tty and Exec::tty should be.
[[nodiscard]] bool has_terminal(int stdin_fd, int stdout_fd);

// Until the command ends or the user leaves. Errors: the session refused (Failure), or is gone without a last word.
[[nodiscard]] Result<ClientResult> run_client(const Clock& clock, Fd socket, const ClientOptions& options);

// For `stop`, `ls` and the like: sends one request and waits for Exit, Failure or StatusReply. Progress and Notice go
// to `on_text`.
[[nodiscard]] Result<Message> request(Fd socket, const Message& message,
                                      const std::function<void(const std::string&)>& on_text);

}  // namespace bailey::session

#include "session/client.h"

#include <unistd.h>

#include <csignal>

#include "base/text.h"
#include "session/client_output.h"
#include "session/client_prompt.h"
#include "session/connection.h"
#include "session/detach_keys.h"
#include "session/terminal.h"

namespace bailey::session {
namespace {

constexpr std::size_t socket_queue_bytes_max = 2 * exec_bytes_max;  // the largest request, and input
constexpr int stops_max = 2;                                        // ask, force; the next one ends the client

class Client {
 public:
  Client(const Clock& clock, const ClientOptions& options) : clock_(clock), options_(options) {}

  Result<ClientResult> run(Fd socket) {
    is_tty_ = std::visit([](const auto& request) { return wants_terminal(request); }, options_.request);
    loop_ = TRY(event::Loop::create(clock_));
    TRY_STATUS(catch_signals());
    TRY_STATUS(open_outputs());
    TRY_STATUS(connect(std::move(socket)));
    TRY_STATUS(open_input());
    constexpr std::chrono::milliseconds longest_sleep = std::chrono::hours(1);
    while (!is_done()) TRY_STATUS(loop_->run_once(longest_sleep));
    return leave();
  }

 private:
  static bool wants_terminal(const Attach& attach) { return attach.is_tty; }
  static bool wants_terminal(const Exec& exec) { return exec.tty; }

  Status catch_signals();
  Status open_outputs();
  Status open_input();
  Status connect(Fd socket);

  void on_message(Message message);
  void on_output(const Output& output);
  void on_prompt(ApprovalPrompt prompt);
  void on_typed_at_prompt(std::string_view typed);
  void on_input(std::string_view bytes);
  void on_input_end();
  void on_closed(std::optional<Error> error);
  void on_signal(int signal);
  void stop_session(int signal);
  void suspend();

  void say(const std::string& line) { err_->write_line(line); }
  void detach(int status);
  void end(Result<ClientResult> result);
  [[nodiscard]] bool is_done() const;
  Result<ClientResult> leave();

  const Clock& clock_;
  const ClientOptions& options_;
  bool is_tty_ = false;
  std::unique_ptr<event::Loop> loop_;
  event::Signals signals_;
  std::optional<RawTerminal> raw_;
  std::unique_ptr<ClientOutput> out_;
  std::unique_ptr<ClientOutput> err_;
  std::unique_ptr<event::Stream> in_;
  std::unique_ptr<Connection> connection_;
  std::optional<ClientPrompt> prompt_;
  DetachKeys keys_;
  bool input_ended_ = false;
  int stops_ = 0;
  bool detached_ = false;
  std::optional<Result<ClientResult>> result_;
};

Status Client::catch_signals() {
  std::vector<int> signals = {SIGHUP, SIGINT, SIGTERM, SIGQUIT, SIGPIPE, SIGWINCH};
  if (is_tty_) signals.push_back(SIGTSTP);
  signals_ = TRY(loop_->watch_signals(signals, [this](int signal) { on_signal(signal); }));
  return {};
}

Status Client::open_outputs() {
  const WindowSize size = window_size_of(options_.stdout_fd);
  const auto on_drained = [this] {
    if (out_->has_room() && err_->has_room()) connection_->resume();
  };
  // Nobody reads any more. A terminal that is gone comes with SIGHUP as well.
  // A terminal that is gone comes with SIGHUP as well.
  const auto on_out_gone = [this] { is_tty_ ? detach(128 + SIGHUP) : stop_session(SIGPIPE); };
  out_ = TRY(ClientOutput::open(*loop_, options_.stdout_fd, {size, options_.charset, on_drained, on_out_gone}));
  err_ = TRY(ClientOutput::open(*loop_, options_.stderr_fd, {size, options_.charset, on_drained, on_drained}));
  prompt_.emplace(*loop_, *out_, [this] { return window_size_of(options_.stdout_fd); });
  return {};
}

Status Client::open_input() {
  if (is_tty_) raw_.emplace(TRY(RawTerminal::enter(options_.stdin_fd)));
  const auto* attach = std::get_if<Attach>(&options_.request);
  if (attach != nullptr && attach->read_only && !is_tty_) return {};  // not even the detach keys
  in_ = TRY(session::open_input(*loop_, options_.stdin_fd,
                                {.on_data = [this](std::string_view bytes) { on_input(bytes); },
                                 .on_end = [this] { on_input_end(); },
                                 .on_error = [this](const Error&) { on_input_end(); }}));
  if (!in_) on_input_end();
  return {};
}

Status Client::connect(Fd socket) {
  connection_ = TRY(Connection::open(*loop_, std::move(socket), Side::client, socket_queue_bytes_max,
                                     {.on_message = [this](Message message) { on_message(std::move(message)); },
                                      .on_closed = [this](std::optional<Error> error) { on_closed(std::move(error)); },
                                      .on_drained =
                                          [this] {
                                            if (in_) in_->resume_reading();
                                          }}));
  const auto send = [this](auto request) {  // a copy: the size is ours to fill in
    request.size = window_size_of(options_.stdout_fd);
    return connection_->send(request);
  };
  if (!std::visit(send, options_.request)) return fail("ask the session", "the request does not fit into its queue");
  return {};
}

void Client::on_message(Message message) {
  if (const auto* output = std::get_if<Output>(&message)) {
    on_output(*output);
  } else if (auto* prompt = std::get_if<ApprovalPrompt>(&message)) {
    on_prompt(std::move(*prompt));
  } else if (const auto* gone = std::get_if<ApprovalGone>(&message)) {
    prompt_->gone(gone->id);
  } else if (std::holds_alternative<Redraw>(message)) {
    out_->clear();
  } else if (const auto* exit = std::get_if<Exit>(&message)) {
    end(ClientResult{ClientEnd::exited, exit->status, visible(exit->reason)});
  } else if (const auto* failure = std::get_if<Failure>(&message)) {
    end(std::unexpected(to_error(*failure)));
  } else if (const auto* notice = std::get_if<Notice>(&message)) {
    say("bailey: " + visible(notice->text));
  } else if (const auto* progress = std::get_if<Progress>(&message)) {
    if (options_.progress == ShowProgress::yes) say("bailey: " + visible(progress->text) + " …");
  }
}

// A viewer that has no terminal, or only watches, is not asked.
void Client::on_prompt(ApprovalPrompt prompt) {
  const auto* attach = std::get_if<Attach>(&options_.request);
  if (!is_tty_ || attach == nullptr || attach->read_only || result_) return;
  prompt_->show(std::move(prompt));
  if (in_) in_->resume_reading();  // what is typed now is for us, whatever the session's queue holds
}

void Client::on_typed_at_prompt(std::string_view typed) {
  if (const auto answer = prompt_->press(typed)) (void)connection_->send(*answer);
}

void Client::on_output(const Output& output) {
  if (prompt_->is_open()) return;  // the agent's: it is drawn anew afterwards
  ClientOutput& target = output.stream == OutputStream::err ? *err_ : *out_;
  target.write(output.bytes);
  if (!target.has_room()) connection_->pause();
}

void Client::on_input(std::string_view bytes) {
  if (!is_tty_) {
    (void)connection_->send(Input{std::string(bytes)});  // a connection that is gone says so itself
  } else {
    auto typed = keys_.feed(bytes);
    if (prompt_->is_open()) on_typed_at_prompt(typed.input);
    else if (!typed.input.empty()) (void)connection_->send(Input{std::move(typed.input)});
    if (typed.detach) return detach(0);
  }
  // Less than the next read could bring: the keyboard or the pipe has to wait.
  if (connection_->room_bytes() < 2 * event::stream_read_bytes_max) {
    in_->pause_reading();
    connection_->want_drained();
  }
}

void Client::on_input_end() {
  if (std::exchange(input_ended_, true)) return;
  if (in_) in_->pause_reading();
  if (is_tty_) detach(128 + SIGHUP);  // the terminal is gone
  else (void)connection_->send(CloseInput{});
}

void Client::on_closed(std::optional<Error> error) {
  if (result_) return;
  Error lost = error ? std::move(*error).within("the session's supervisor is gone")
                     : Error{"wait for the session", "its supervisor ended without saying why", "", 0};
  end(std::unexpected(std::move(lost).or_remedy(
      "nothing that was saved is lost: bailey ls shows the session, bailey restart or stop finishes saving it")));
}

void Client::on_signal(int signal) {
  switch (signal) {
    case SIGPIPE:
      return;  // the write that failed says so
    case SIGWINCH: {
      const WindowSize size = window_size_of(options_.stdout_fd);
      out_->resize(size);
      prompt_->draw();
      if (is_tty_) (void)connection_->send(Resize{size});
      return;
    }
    case SIGTSTP:
      return suspend();
    case SIGHUP:
      return detach(128 + SIGHUP);
    default:
      if (is_tty_) detach(128 + signal);
      else stop_session(signal);
  }
}

void Client::stop_session(int signal) {
  ++stops_;
  if (stops_ > stops_max) return detach(128 + signal);
  (void)connection_->send(Stop{stops_ == 1 ? StopMode::save : StopMode::force});
  if (stops_ == 1 && signal != SIGPIPE) say("bailey: stopping and saving; once more to force");
}

// kill -TSTP from elsewhere; ctrl-z is a key like any other.
void Client::suspend() {
  out_->leave();
  raw_->leave();
  ::raise(SIGSTOP);
  // Continued.
  if (auto raw = raw_->enter_again(); !raw) return end(std::unexpected(std::move(raw).error()));
  const WindowSize size = window_size_of(options_.stdout_fd);
  if (prompt_->is_open()) {
    out_->enter_own_screen();
    prompt_->draw();
    return (void)connection_->send(Resize{size});
  }
  (void)connection_->send(Attach{.size = size});  // a second one: draw everything again
}

void Client::detach(int status) {
  if (result_) {
    detached_ = true;  // it has ended anyway: only the last output is not waited for
    return;
  }
  (void)connection_->send(Detach{});
  end(ClientResult{ClientEnd::detached, status, ""});
}

void Client::end(Result<ClientResult> result) {
  if (result_) return;
  if (in_) in_->pause_reading();
  detached_ = result && result->end == ClientEnd::detached;
  result_ = std::move(result);
}

// Whoever reads our output gets all of it, however slowly; who leaves does not want to wait.
bool Client::is_done() const { return result_ && (detached_ || (out_->is_done() && err_->is_done())); }

Result<ClientResult> Client::leave() {
  out_->leave();
  err_->leave();
  // Mouse and focus reports that are on their way would be typed into the shell.
  if (raw_) ::tcflush(options_.stdin_fd, TCIFLUSH);
  raw_.reset();
  return std::move(*result_);
}

}  // namespace

bool has_terminal(int stdin_fd, int stdout_fd) { return ::isatty(stdin_fd) == 1 && ::isatty(stdout_fd) == 1; }

Result<ClientResult> run_client(const Clock& clock, Fd socket, const ClientOptions& options) {
  if (const auto* exec = std::get_if<Exec>(&options.request)) TRY_STATUS(check(*exec));
  return Client(clock, options).run(std::move(socket));
}

}  // namespace bailey::session

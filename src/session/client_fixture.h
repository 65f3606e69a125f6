// For tests: real clients, in processes and on terminals of their own, against a supervisor made of the server side's
// parts on this thread's loop, whose agent is the test.
#pragma once

#include <fcntl.h>
#include <gtest/gtest.h>
#include <pty.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>
#include <utmp.h>

#include <csignal>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "os/process.h"
#include "os/socket.h"
#include "session/client.h"
#include "session/control_server.h"
#include "session/scrollback.h"
#include "session/temporary_directory.h"
#include "session/terminal.h"
#include "session/viewers.h"

namespace bailey::session {

enum class SupervisorFilter { on, off };

// A client in a child process. What it printed is read by ClientTest::pump().
struct ClientProcess {
  pid_t pid = -1;
  Fd master;         // terminal
  Fd terminal;       // its other side, kept so that settings can be looked at
  Fd in, out, err;   // pipes
  termios before{};  // the terminal's settings before the client came
  std::string shown, errors;
  std::optional<int> exit_status;
  bool reading = true;  // false: a stalled terminal or reader

  ~ClientProcess() {
    if (pid <= 0 || exit_status) return;
    ::kill(pid, SIGKILL);
    ::waitpid(pid, nullptr, 0);
  }
  void type(std::string_view keys) const {
    ASSERT_EQ(::write(master.get(), keys.data(), keys.size()), ssize_t(keys.size()));
  }
  [[nodiscard]] termios settings() const {
    termios now{};
    ::tcgetattr(terminal.get(), &now);
    return now;
  }
  [[nodiscard]] bool is_raw() const { return (settings().c_lflag & (ICANON | ECHO | ISIG)) == 0; }
};

inline constexpr int detached_status = 77;

struct ClientTest : testing::Test {
  ClientTest() : loop(event::Loop::create(clock).value()) {
    viewers = std::make_unique<Viewers>(
        *loop, ViewersHandlers{
                   .on_input = [this](std::string_view bytes) { input += bytes; },
                   .on_close_input = [this] { ++closed_inputs; },
                   .on_stop = [this](StopMode mode) { stops.push_back(mode); },
                   .on_resize = [this](WindowSize size) { sizes.push_back(size); },
                   .on_redrawn = [this] { ++redraws; },
                   .replay = [this] { return scrollback.replay(); },
                   .on_pause = [this] { ++pauses; },
                   .on_resume = {},
                   .on_none_left = {},
                   .next_prompt = [this](const auto& later) { return next(later); },
                   .on_answer = [this](std::uint64_t id,
                                       ApprovalChoice choice) { return decide(id, choice, "in another terminal"); }});
    server =
        ControlServer::open(*loop, directory.path(),
                            {.on_attach = [this](std::unique_ptr<Connection> connection,
                                                 const Attach& attach) { viewers->add(std::move(connection), attach); },
                             .on_exec =
                                 [this](std::unique_ptr<Connection> connection, Exec exec) {
                                   executed.push_back(exec);
                                   viewers->add(std::move(connection), {.size = exec.size, .is_tty = exec.tty});
                                 },
                             .on_stop =
                                 [this](std::unique_ptr<Connection> connection, StopMode mode) {
                                   stops.push_back(mode);
                                   (void)connection->send(Progress{"saving"});
                                   (void)connection->send(Exit{124, "stopped"});
                                   loop->dispose(std::move(connection));
                                 },
                             .on_status =
                                 [this](std::unique_ptr<Connection> connection) {
                                   (void)connection->send(StatusReply{"{}"});
                                   loop->dispose(std::move(connection));
                                 }})
            .value();
  }

  // What a supervisor does with its queue.
  std::optional<ApprovalPrompt> next(const std::set<std::uint64_t>& later) const {
    for (const auto& [id, request] : asked)
      if (!later.contains(id)) return ApprovalPrompt{id, "shell-repo-x", request};
    return std::nullopt;
  }
  Status decide(std::uint64_t id, ApprovalChoice choice, const std::string& where) {
    if (disk_is_full) return fail("write down the approval", "the disk is full");
    if (asked.erase(id) == 0) return fail("decide", "there is no such request");
    answers.emplace_back(id, choice);
    viewers->withdraw(id, "request " + std::to_string(id) + " was answered " + where);
    return {};
  }
  void ask(std::uint64_t id, approval::Request request) {
    asked.emplace(id, std::move(request));
    viewers->prompt();
  }

  void agent_writes(std::string_view bytes, OutputStream stream = OutputStream::out) {
    std::string shown = supervisor_filter == SupervisorFilter::on ? filter.filter(bytes) : std::string(bytes);
    scrollback.append(shown);
    viewers->output(stream, shown);
  }

  [[noreturn]] void child_main(ClientOptions options) const {
    const auto result = run_client(SystemClock(), connect_to_session(directory.path()).value(), options);
    if (!result) {
      const std::string text = to_lines(result.error()) + "\n";
      (void)!::write(2, text.data(), text.size());
      ::_exit(125);
    }
    ::_exit(result->end == ClientEnd::detached && result->status == 0 ? detached_status : result->status);
  }

  std::unique_ptr<ClientProcess> start_on_terminal(WindowSize size, ClientOptions options = {}) {
    auto client = std::make_unique<ClientProcess>();
    const winsize window{size.rows, size.columns, 0, 0};
    int master = -1, slave = -1;
    EXPECT_EQ(::openpty(&master, &slave, nullptr, nullptr, &window), 0);
    client->master = Fd(master);
    client->terminal = Fd(slave);
    client->before = client->settings();
    ::fcntl(master, F_SETFD, FD_CLOEXEC);
    client->pid = ::fork();
    if (client->pid == 0) {
      ::close(master);
      ::login_tty(slave);
      child_main(std::move(options));
    }
    ::fcntl(master, F_SETFL, O_NONBLOCK);
    return client;
  }

  std::unique_ptr<ClientProcess> start_on_pipes(ClientOptions options = {.request = Attach{.is_tty = false}}) {
    auto client = std::make_unique<ClientProcess>();
    int in[2], out[2], err[2];
    EXPECT_EQ(::pipe2(in, O_CLOEXEC) | ::pipe2(out, O_CLOEXEC) | ::pipe2(err, O_CLOEXEC), 0);
    client->in = Fd(in[1]);
    client->out = Fd(out[0]);
    client->err = Fd(err[0]);
    client->pid = ::fork();
    if (client->pid == 0) {
      ::dup2(in[0], 0), ::dup2(out[1], 1), ::dup2(err[1], 2);
      for (const int fd : {in[1], out[0], err[0], in[0], out[1], err[1]}) ::close(fd);
      child_main(std::move(options));
    }
    ::close(in[0]), ::close(out[1]), ::close(err[1]);
    for (const int fd : {out[0], err[0]}) ::fcntl(fd, F_SETFL, O_NONBLOCK);
    return client;
  }

  static void read_from(const Fd& fd, std::string& into) {
    char buffer[65536];
    while (fd) {
      const ssize_t count = ::read(fd.get(), buffer, sizeof buffer);
      if (count <= 0) return;
      into.append(buffer, static_cast<std::size_t>(count));
    }
  }

  void look_at(ClientProcess& client) const {
    if (client.reading) {
      read_from(client.master, client.shown);
      read_from(client.out, client.shown);
      read_from(client.err, client.errors);
    }
    int status = 0;
    if (!client.exit_status && ::waitpid(client.pid, &status, WNOHANG) == client.pid)
      client.exit_status = os::shell_status(status);
  }

  // Runs everything until `done`; false after ten seconds.
  template <typename Done>
  [[nodiscard]] bool pump(const std::vector<ClientProcess*>& clients, Done done) {
    const auto deadline = std::chrono::steady_clock::now() + std::chrono::seconds(10);
    while (std::chrono::steady_clock::now() < deadline) {
      if (done()) return true;
      EXPECT_TRUE(loop->run_once(std::chrono::milliseconds(1)));
      for (ClientProcess* client : clients) look_at(*client);
    }
    return done();
  }
  [[nodiscard]] bool pump_until_exit(ClientProcess& client) {
    const bool ended = pump({&client}, [&] { return client.exit_status.has_value(); });
    look_at(client);  // what was written last
    return ended;
  }
  [[nodiscard]] bool attached(ClientProcess& client, std::size_t count = 1) {
    return pump({&client}, [&] { return viewers->count() == count && (!client.terminal || client.is_raw()); });
  }

  TemporaryDirectory directory;
  SystemClock clock;
  std::unique_ptr<event::Loop> loop;
  std::unique_ptr<Viewers> viewers;
  std::unique_ptr<ControlServer> server;
  SupervisorFilter supervisor_filter = SupervisorFilter::on;
  TerminalFilter filter;
  Scrollback scrollback;
  std::string input;
  int closed_inputs = 0, redraws = 0, pauses = 0;
  std::vector<StopMode> stops;
  std::vector<WindowSize> sizes;
  std::vector<Exec> executed;
  std::map<std::uint64_t, approval::Request> asked;
  std::vector<std::pair<std::uint64_t, ApprovalChoice>> answers;
  bool disk_is_full = false;
};

}  // namespace bailey::session

// Clients without a terminal.
#include "os/files.h"
#include "session/client_fixture.h"
#include "session/detach_keys.h"

namespace bailey::session {
namespace {

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

struct PipeTest : ClientTest {
  PipeTest() { supervisor_filter = SupervisorFilter::off; }
};

TEST_F(PipeTest, StreamsStayApartUnchangedAndTheEndOfInputIsPassedOn) {
  auto client = start_on_pipes();
  ASSERT_EQ(::write(client->in.get(), "typed", 5), 5);
  client->in.reset();
  ASSERT_TRUE(pump({client.get()}, [&] { return closed_inputs == 1; }));
  EXPECT_EQ(input, "typed");
  agent_writes(std::string("\x1b]52;c;x\a\0\xff\n", 13));
  agent_writes("oops\n", OutputStream::err);
  viewers->finish({.status = 7});
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 7);
  EXPECT_EQ(client->shown, std::string("\x1b]52;c;x\a\0\xff\n", 13));
  EXPECT_EQ(client->errors, "oops\n");
}

TEST_F(PipeTest, ASlowReaderGetsEveryByteAndTheAgentWaits) {
  auto client = start_on_pipes();
  ASSERT_TRUE(attached(*client));
  client->reading = false;
  constexpr std::size_t total = std::size_t{20} << 20;
  const std::string block(32 << 10, 'x');
  std::size_t written = 0;
  const auto write_while_allowed = [&] {
    while (written < total && !viewers->is_paused()) agent_writes(block), written += block.size();
    return written >= total;
  };
  for (int i = 0; i < 100; ++i) {
    write_while_allowed();
    ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(1)));
  }
  EXPECT_LT(written, total) << "nothing may pile up";
  EXPECT_GT(pauses, 0);
  client->reading = true;
  ASSERT_TRUE(pump({client.get()}, write_while_allowed));
  viewers->finish({.status = 0});
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->shown.size(), written);
  EXPECT_EQ(client->exit_status, 0);
}

TEST_F(PipeTest, InputWaitsWhenTheAgentDoesNotRead) {
  auto client = start_on_pipes();
  ASSERT_TRUE(attached(*client));
  viewers->pause_input();
  ::fcntl(client->in.get(), F_SETFL, O_NONBLOCK);
  std::size_t written = 0;
  const std::string block(4096, 'x');
  for (int quiet = 0; quiet < 50;) {
    if (::write(client->in.get(), block.data(), block.size()) > 0) {
      written += block.size();
      quiet = 0;
    } else {
      ++quiet;
      ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(1)));
    }
    ASSERT_LT(written, std::size_t{64} << 20) << "somebody keeps it all";
  }
  EXPECT_EQ(input, "");
  viewers->resume_input();
  EXPECT_TRUE(pump({client.get()}, [&] { return input.size() == written; }));
}

TEST_F(PipeTest, TheFirstInterruptSavesTheSecondForcesTheThirdLeaves) {
  auto client = start_on_pipes();
  ASSERT_TRUE(attached(*client));
  ::kill(client->pid, SIGINT);
  ASSERT_TRUE(pump({client.get()}, [&] { return stops.size() == 1; }));
  EXPECT_EQ(stops[0], StopMode::save);
  ::kill(client->pid, SIGTERM);
  ASSERT_TRUE(pump({client.get()}, [&] { return stops.size() == 2; }));
  EXPECT_EQ(stops[1], StopMode::force);
  ::kill(client->pid, SIGINT);
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 128 + SIGINT);
  EXPECT_TRUE(contains(client->errors, "stopping and saving"));
}

TEST_F(PipeTest, AnInterruptedSessionEndsWithItsOwnStatus) {
  auto client = start_on_pipes();
  ASSERT_TRUE(attached(*client));
  ::kill(client->pid, SIGTERM);
  ASSERT_TRUE(pump({client.get()}, [&] { return stops.size() == 1; }));
  agent_writes("last words");
  viewers->finish({.status = 124, .reason = "stopped"});
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 124);
  EXPECT_EQ(client->shown, "last words");
}

TEST_F(PipeTest, AReaderThatGoesAwayStopsTheSession) {
  auto client = start_on_pipes();
  ASSERT_TRUE(attached(*client));
  client->out.reset();
  agent_writes("nobody reads this");
  ASSERT_TRUE(pump({client.get()}, [&] { return stops.size() == 1; }));
  EXPECT_EQ(stops[0], StopMode::save);
  viewers->finish({.status = 124});
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 124) << "not killed by SIGPIPE";
}

TEST_F(PipeTest, AHangUpDetaches) {
  auto client = start_on_pipes();
  ASSERT_TRUE(attached(*client));
  ::kill(client->pid, SIGHUP);
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 128 + SIGHUP);
  EXPECT_TRUE(stops.empty());
}

TEST_F(PipeTest, AStreamThatIsATerminalIsFiltered) {
  // stderr on a terminal, the rest on pipes: a build's log goes into a file, its warnings to the screen.
  ClientOptions options{.request = Attach{.is_tty = false}, .stdin_fd = 999};
  auto client = start_on_terminal({24, 80}, options);
  ASSERT_TRUE(pump({client.get()}, [&] { return viewers->count() == 1; }));
  EXPECT_FALSE(client->is_raw());
  agent_writes(
      "\x1b]52;c;x\a"
      "warning",
      OutputStream::err);
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "warning"); }));
  EXPECT_EQ(client->shown, "warning");
  EXPECT_EQ(closed_inputs, 1) << "a closed descriptor: no input";
}

TEST_F(PipeTest, ARegularFileAsInputIsReadToItsEnd) {
  const std::string path = directory.file("input");
  ASSERT_TRUE(os::write_file(path, std::string(1 << 20, 'i')));
  const Fd file = os::open_file(path, O_RDONLY).value();
  ClientOptions options{.request = Attach{.is_tty = false}, .stdin_fd = file.get()};
  auto client = start_on_pipes(options);
  EXPECT_TRUE(pump({client.get()}, [&] { return closed_inputs == 1; }));
  EXPECT_EQ(input.size(), std::size_t{1} << 20);
}

TEST_F(PipeTest, ExecSendsTheCommandWithTheWindow) {
  ClientOptions options{.request = Exec{.argv = {"ls", "-l"}, .environment = {"A=b"}, .tty = true}};
  auto client = start_on_terminal({33, 99}, options);
  ASSERT_TRUE(attached(*client));
  ASSERT_EQ(executed.size(), 1U);
  EXPECT_EQ(executed[0].argv, (std::vector<std::string>{"ls", "-l"}));
  EXPECT_EQ(executed[0].size, (WindowSize{33, 99}));
  viewers->finish({.status = 2});
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 2);
}

TEST_F(PipeTest, ACommandThatIsTooLongIsRefusedBeforeItIsSent) {
  ClientOptions options{.request = Exec{.argv = {"x", std::string(exec_bytes_max, 'x')}}};
  auto client = start_on_pipes(options);
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 125);
  EXPECT_TRUE(contains(client->errors, "standard input"));
  EXPECT_TRUE(executed.empty());
}

TEST_F(PipeTest, RequestsAreAnswered) {
  const auto ask = [&](const Message& message) {
    const pid_t child = ::fork();
    if (child == 0) {
      std::string texts;
      const auto answer = request(connect_to_session(directory.path()).value(), message,
                                  [&](const std::string& text) { texts += text; });
      const auto* exit = answer ? std::get_if<Exit>(&*answer) : nullptr;
      if (exit != nullptr) ::_exit(texts == "saving" ? exit->status : 1);
      ::_exit(answer && std::holds_alternative<StatusReply>(*answer) ? 0 : 2);
    }
    int status = -1;
    EXPECT_TRUE(pump({}, [&] { return ::waitpid(child, &status, WNOHANG) == child; }));
    return os::shell_status(status);
  };
  EXPECT_EQ(ask(Stop{}), 124);
  EXPECT_EQ(ask(StatusRequest{}), 0);
}

TEST_F(PipeTest, ConnectionsThatSayNothingAreLimited) {
  std::vector<Fd> silent;
  for (std::size_t i = 0; i < pending_connections_max + 5; ++i) {
    silent.push_back(connect_to_session(directory.path()).value());
    ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(0)));
  }
  auto client = start_on_pipes();
  EXPECT_TRUE(attached(*client)) << "they keep nobody out";
}

TEST_F(PipeTest, ABrokenProtocolEndsThatConnectionOnly) {
  auto client = start_on_pipes();
  ASSERT_TRUE(attached(*client));
  const Fd broken = connect_to_session(directory.path()).value();
  ASSERT_TRUE(os::write_all(broken.get(), std::string(1000, '\xff')));
  for (int i = 0; i < 10; ++i) ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(1)));
  char buffer[1024];
  while (::recv(broken.get(), buffer, sizeof buffer, MSG_DONTWAIT) > 0) {
  }  // the greeting
  EXPECT_NE(::send(broken.get(), "x", 1, MSG_NOSIGNAL), 1) << "closed";
  agent_writes("fine");
  EXPECT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "fine"); }));
}

TEST(DetachKeys, ThePrefixIsRememberedBetweenReads) {
  DetachKeys keys;
  EXPECT_EQ(keys.feed("a\x02").input, "a");
  EXPECT_TRUE(keys.feed("d").detach);
  EXPECT_EQ(keys.feed("\x02").input, "");
  EXPECT_EQ(keys.feed("\x02x\x02y").input, "\x02x\x02y");
}

}  // namespace
}  // namespace bailey::session

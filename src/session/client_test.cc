// Clients on terminals; client_pipe_test.cc has those without.
#include "session/client_fixture.h"

namespace bailey::session {
namespace {

constexpr char ctrl_b = 'B' & 0x1f;
constexpr char ctrl_c = 'C' & 0x1f;
constexpr std::string_view clipboard_attack = "\x1b]52;c;cm0gLXJmIH4K\a";

const std::string detach_keys = std::string(1, ctrl_b) + "d";

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST_F(ClientTest, KeysGoToTheAgentOutputToTheTerminalAndItsExitStatusBack) {
  auto client = start_on_terminal({30, 100});
  ASSERT_TRUE(attached(*client));
  EXPECT_EQ(sizes.back(), (WindowSize{30, 100}));
  client->type(std::string("ls\r") + ctrl_c + "\x1a\x1b[A");
  agent_writes("hello\r\n");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "hello\r\n") && contains(input, "\x1b[A"); }));
  EXPECT_EQ(input, std::string("ls\r") + ctrl_c + "\x1a\x1b[A") << "ctrl-c and ctrl-z are keys";
  viewers->finish({.status = 3});
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 3);
  EXPECT_EQ(client->settings().c_lflag, client->before.c_lflag);
}

TEST_F(ClientTest, DetachGivesTheTerminalBackAndTheSessionGoesOn) {
  auto client = start_on_terminal({24, 80});
  const int flags = ::fcntl(client->terminal.get(), F_GETFL);
  ASSERT_TRUE(attached(*client));
  agent_writes("\x1b[?1049h\x1b[?25l\x1b[?1003h\x1b[?2004h\x1b[31mfull screen");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "full screen"); }));
  client->type(std::string("a") + ctrl_b + ctrl_b + "b" + detach_keys + "never typed");
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, detached_status);
  EXPECT_EQ(input, std::string("a") + ctrl_b + "b");
  for (const char* undone : {"\x1b[?1049l", "\x1b[?25h", "\x1b[?1003l", "\x1b[?2004l", "\x1b[0m"})
    EXPECT_TRUE(contains(client->shown, undone)) << undone + 1;
  EXPECT_EQ(client->settings().c_lflag, client->before.c_lflag);
  EXPECT_EQ(client->settings().c_iflag, client->before.c_iflag);
  EXPECT_EQ(client->settings().c_oflag, client->before.c_oflag);
  EXPECT_EQ(::fcntl(client->terminal.get(), F_GETFL), flags) << "the shell would inherit O_NONBLOCK";
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 0; }));
  agent_writes(" goes on");
  auto again = start_on_terminal({24, 80});
  ASSERT_TRUE(pump({again.get()}, [&] { return contains(again->shown, "full screen goes on"); }));
  EXPECT_TRUE(contains(again->shown, "\x1b[?1049h"));
  EXPECT_EQ(redraws, 2);
}

TEST_F(ClientTest, AWindowThatChangesIsReportedAndTheSmallestOfSeveralWins) {
  auto first = start_on_terminal({40, 80});
  ASSERT_TRUE(attached(*first));
  auto second = start_on_terminal({24, 120});
  ASSERT_TRUE(attached(*second, 2));
  EXPECT_EQ(sizes.back(), (WindowSize{24, 80}));
  ClientOptions watching{.request = Attach{.read_only = true}};
  auto third = start_on_terminal({5, 5}, watching);
  ASSERT_TRUE(attached(*third, 3));
  EXPECT_EQ(sizes.back(), (WindowSize{24, 80})) << "who only watches decides nothing";
  const winsize smaller{20, 60, 0, 0};
  ASSERT_EQ(::ioctl(second->master.get(), TIOCSWINSZ, &smaller), 0);
  ASSERT_TRUE(pump({first.get(), second.get()}, [&] { return sizes.back() == WindowSize{20, 60}; }));
  third->type("x");
  second->type(detach_keys);
  ASSERT_TRUE(pump({first.get(), second.get()}, [&] { return sizes.back() == WindowSize{40, 80}; }));
  EXPECT_EQ(input, "") << "nor types";
}

TEST_F(ClientTest, SeveralViewersSeeTheSameAndAllMayType) {
  auto first = start_on_terminal({24, 80});
  auto second = start_on_terminal({24, 80});
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 2 && first->is_raw() && second->is_raw(); }));
  agent_writes("to both");
  first->type("1");
  second->type("2");
  EXPECT_TRUE(pump({first.get(), second.get()}, [&] {
    return contains(first->shown, "to both") && contains(second->shown, "to both") && input.size() == 2;
  }));
}

TEST_F(ClientTest, AKilledClientChangesNothingForTheSessionOrOtherViewers) {
  auto victim = start_on_terminal({24, 80});
  auto other = start_on_terminal({24, 80});
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 2 && other->is_raw(); }));
  ::kill(victim->pid, SIGKILL);
  ASSERT_TRUE(pump_until_exit(*victim));
  ASSERT_TRUE(pump({other.get()}, [&] { return viewers->count() == 1; }));
  agent_writes("still here");
  EXPECT_TRUE(pump({other.get()}, [&] { return contains(other->shown, "still here"); }));
  EXPECT_TRUE(stops.empty());
}

// Sanitizers have their own handlers for some crashes, which stay.
bool is_handled_by_somebody_else(int signal) {
  struct sigaction now {};
  ::sigaction(signal, nullptr, &now);
  return now.sa_handler != SIG_DFL;
}

TEST_F(ClientTest, EverySignalThatCanBeCaughtRestoresTheTerminal) {
  for (const int signal : {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGSEGV, SIGABRT, SIGBUS}) {
    if (is_handled_by_somebody_else(signal)) continue;
    auto client = start_on_terminal({24, 80});
    ASSERT_TRUE(attached(*client)) << signal;
    ::kill(client->pid, signal);
    ASSERT_TRUE(pump_until_exit(*client));
    EXPECT_EQ(client->exit_status, 128 + signal);
    EXPECT_EQ(client->settings().c_lflag, client->before.c_lflag) << signal;
    ASSERT_TRUE(pump({}, [&] { return viewers->count() == 0; }));
  }
  EXPECT_TRUE(stops.empty()) << "the session lives on";
}

TEST_F(ClientTest, AClosedTerminalDetaches) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  client->terminal.reset();
  client->master.reset();
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 128 + SIGHUP);
  EXPECT_TRUE(pump({}, [&] { return viewers->count() == 0; }));
  EXPECT_TRUE(stops.empty());
}

TEST_F(ClientTest, AStoppedClientLeavesTheTerminalUsableAndIsDrawnAnewWhenContinued) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  agent_writes("\x1b[?25l before");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "before"); }));
  ::kill(client->pid, SIGTSTP);
  int status = 0;
  ASSERT_TRUE(pump({}, [&] { return ::waitpid(client->pid, &status, WNOHANG | WUNTRACED) == client->pid; }));
  ASSERT_TRUE(WIFSTOPPED(status));
  EXPECT_FALSE(client->is_raw());
  look_at(*client);
  EXPECT_TRUE(client->shown.ends_with("\x1b[?25h"));
  client->shown.clear();
  ::kill(client->pid, SIGCONT);
  EXPECT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "before"); }));
  EXPECT_TRUE(client->is_raw());
}

TEST_F(ClientTest, TheClipboardAttackArrivesOnlyWithBothFiltersOff) {
  const auto shown_with = [&](SupervisorFilter state, bool terminal) {
    supervisor_filter = state;
    scrollback = Scrollback();
    filter = TerminalFilter();
    auto client = terminal ? start_on_terminal({24, 80}) : start_on_pipes();
    EXPECT_TRUE(attached(*client));
    agent_writes(std::string(clipboard_attack) +
                 "\x1b[21t\x1b[c\x05"
                 "end");
    EXPECT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "end"); }));
    ::kill(client->pid, SIGKILL);
    EXPECT_TRUE(pump_until_exit(*client));
    EXPECT_TRUE(pump({}, [&] { return viewers->count() == 0; }));
    return client->shown;
  };
  EXPECT_EQ(shown_with(SupervisorFilter::on, true), "end");
  EXPECT_EQ(shown_with(SupervisorFilter::off, true), "end") << "the client's own filter";
  EXPECT_EQ(shown_with(SupervisorFilter::on, false), "end") << "the supervisor's own filter";
  EXPECT_EQ(shown_with(SupervisorFilter::off, false), std::string(clipboard_attack) +
                                                          "\x1b[21t\x1b[c\x05"
                                                          "end")
      << "positive control: without either it gets through";
}

TEST_F(ClientTest, AFloodingAgentIsNeverHeldUpByAStalledTerminal) {
  auto stalled = start_on_terminal({24, 80});
  auto other = start_on_terminal({24, 80});
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 2 && stalled->is_raw() && other->is_raw(); }));
  stalled->reading = false;
  const std::string line(99, 'x');
  for (int i = 0; i < 200; ++i) {
    for (int j = 0; j < 1000; ++j) agent_writes(line + "\n");  // 20 MB in all
    ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(0)));
    look_at(*other);
    other->shown.clear();
  }
  agent_writes("the end");
  EXPECT_EQ(pauses, 0) << "nobody asked the agent to wait";
  EXPECT_TRUE(pump({stalled.get(), other.get()}, [&] { return contains(other->shown, "the end"); }));
  stalled->reading = true;
  EXPECT_TRUE(pump({stalled.get(), other.get()}, [&] { return contains(stalled->shown, "the end"); }))
      << "drawn anew when it reads again";
  EXPECT_GT(redraws, 2) << "two when they came, and at least one now";
  EXPECT_LT(stalled->shown.size(), std::size_t{8} << 20) << "it has missed most of it";
}

TEST_F(ClientTest, AStalledTerminalCanStillDetach) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  client->reading = false;
  for (int i = 0; i < 200; ++i) {
    agent_writes(std::string(30'000, 'x') + "\n");
    ASSERT_TRUE(loop->run_once(std::chrono::milliseconds(0)));
  }
  client->type(detach_keys);
  EXPECT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, detached_status);
}

TEST_F(ClientTest, ASupervisorThatVanishesIsAnErrorWithARemedy) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  viewers.reset();
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 125);
  EXPECT_TRUE(contains(client->shown, "bailey ls"));
  EXPECT_EQ(client->settings().c_lflag, client->before.c_lflag);
}

TEST_F(ClientTest, NoticesAreMadeVisible) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  viewers->notice(Notice{"pushed \x1b]52;c;x\a"});
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "pushed"); }));
  EXPECT_EQ(client->shown, "bailey: pushed \\x1b]52;c;x\\x07\r\n");
}

TEST_F(ClientTest, MoreViewersThanTheLimitAreRefusedWithAReason) {
  std::vector<std::unique_ptr<ClientProcess>> clients;
  for (std::size_t i = 0; i < viewers_max; ++i) clients.push_back(start_on_pipes());
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == viewers_max; }));
  auto surplus = start_on_pipes();
  ASSERT_TRUE(pump_until_exit(*surplus));
  EXPECT_EQ(surplus->exit_status, 125);
  EXPECT_TRUE(contains(surplus->errors, "ctrl-b d"));
}

TEST_F(ClientTest, ASessionThatIsGoneIsAnErrorWithARemedy) {
  const TemporaryDirectory empty;
  const auto socket = connect_to_session(empty.path());
  ASSERT_FALSE(socket);
  EXPECT_TRUE(contains(socket.error().remedy, "bailey ls"));
}

TEST(Locale, OnlyANamedEightBitCharacterSetLeavesNothingButAscii) {
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, nullptr), Charset::utf8);
  EXPECT_EQ(charset_of_locale("", "", "C"), Charset::utf8);
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, "de_DE.UTF-8@euro"), Charset::utf8);
  EXPECT_EQ(charset_of_locale(nullptr, nullptr, "de_DE.ISO-8859-1"), Charset::ascii);
  EXPECT_EQ(charset_of_locale("C.utf8", "de_DE.ISO-8859-1", nullptr), Charset::utf8);
}

}  // namespace
}  // namespace bailey::session

// Questions to the human in the place of the agent's screen: real clients on real terminals, and an agent that does
// what it can to answer, hide or fake them.
#include "session/client_prompt.h"

#include "session/client_fixture.h"

namespace bailey::session {
namespace {

constexpr std::string_view choices = "[y]es [n]o [v]iew [s]ession";
constexpr std::string_view leave_own_screen = "\x1b[?1049l";
constexpr char ctrl_b = 'B' & 0x1f;

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

approval::Request domain(const std::string& host) {
  return {.kind = "domain",
          .title = "let the session reach " + host,
          .context = {{"host", host}},
          .from_agent = {{"reason", "to fetch a thing"}},
          .risk = "what the agent can read can be sent there",
          .view = "more about it",
          .remember = "domain " + host};
}

class ClientPromptTest : public ClientTest {
 protected:
  // The question is on the terminal and keys count.
  [[nodiscard]] bool is_asked(ClientProcess& client, std::size_t from = 0) {
    return pump({&client}, [&] { return client.shown.find(choices, from) != std::string::npos; });
  }
  [[nodiscard]] bool is_over(ClientProcess& client) {
    return pump({&client}, [&] {
      const auto last = client.shown.rfind(choices);
      return last != std::string::npos && client.shown.find(leave_own_screen, last) != std::string::npos;
    });
  }
  // Types a key until it shows: two keys in one read are none.
  template <typename Done>
  [[nodiscard]] bool types_until(ClientProcess& client, std::string_view key, Done done) {
    return pump({&client}, [&, rounds = 0]() mutable {
      if (done()) return true;
      if (rounds++ % 50 == 0) client.type(key);
      return false;
    });
  }
  std::unique_ptr<ClientProcess> asked_client(std::uint64_t id = 7) {
    auto client = start_on_terminal({24, 80});
    EXPECT_TRUE(attached(*client));
    ask(id, domain("example.org"));
    EXPECT_TRUE(is_asked(*client));
    return client;
  }
};

using Answers = std::vector<std::pair<std::uint64_t, ApprovalChoice>>;

TEST_F(ClientPromptTest, TheUserSeesTheQuestionAnswersItAndIsBackAtTheAgent) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  agent_writes("agent at work");
  ask(7, domain("example.org"));
  ASSERT_TRUE(is_asked(*client));
  for (const char* part : {"let the session reach example.org", "host: example.org", "| reason: to fetch a thing",
                           "Risk: what the agent can read can be sent there"})
    EXPECT_TRUE(contains(client->shown, part)) << part;
  client->type("y");
  ASSERT_TRUE(is_over(*client));
  EXPECT_EQ(answers, (Answers{{7, ApprovalChoice::approve}}));
  client->shown.clear();
  agent_writes(" and on");
  client->type("x");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "and on") && input == "x"; }));
}

TEST_F(ClientPromptTest, NoAndSessionAndLaterAreSentAsSuch) {
  for (const auto& [key, choice] : {std::pair{"n", ApprovalChoice::deny}, {"s", ApprovalChoice::approve_session}}) {
    answers.clear();
    auto client = asked_client();
    client->type(key);
    ASSERT_TRUE(is_over(*client));
    EXPECT_EQ(answers, (Answers{{7, choice}}));
    client->type(std::string(1, ctrl_b) + "d");
    ASSERT_TRUE(pump_until_exit(*client));
    ASSERT_TRUE(pump({}, [&] { return viewers->count() == 0; }));
  }
  answers.clear();
  auto client = asked_client();
  client->type("l");
  ASSERT_TRUE(is_over(*client));
  EXPECT_TRUE(answers.empty());
  EXPECT_TRUE(asked.contains(7)) << "still pending";
  viewers->prompt();
  client->type("x");
  ASSERT_TRUE(pump({client.get()}, [&] { return input == "x"; })) << "not asked again here";
}

TEST_F(ClientPromptTest, ViewShowsMoreAndComesBack) {
  auto client = asked_client();
  client->type("v");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "| more about it"); }));
  client->type("y");  // answers nothing while reading
  const std::size_t before = client->shown.size();
  ASSERT_TRUE(types_until(*client, "q", [&] { return client->shown.find(choices, before) != std::string::npos; }));
  EXPECT_TRUE(answers.empty());
  client->type("y");
  ASSERT_TRUE(is_over(*client));
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(ClientPromptTest, WhatWasTypedBeforeTheQuestionWasReadIsNoAnswer) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  client->type("yyy");
  ASSERT_TRUE(pump({client.get()}, [&] { return input == "yyy"; }));
  ask(7, domain("example.org"));
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "let the session reach"); }));
  for (int i = 0; i < 20; ++i) client->type("y");  // somebody in the middle of a word
  ASSERT_TRUE(is_asked(*client));
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(input, "yyy") << "and it is not typed to the agent either";
  client->type("y");
  ASSERT_TRUE(is_over(*client));
  EXPECT_EQ(answers.size(), 1U) << "the positive control: the same key later answers";
}

TEST_F(ClientPromptTest, APasteAnswersNothing) {
  auto client = asked_client();
  client->type("y\ry\r");
  client->type("\x1b[200~y\x1b[201~");
  ASSERT_TRUE(types_until(*client, "v", [&] { return contains(client->shown, "| more about it"); }));
  EXPECT_TRUE(answers.empty());
  EXPECT_EQ(input, "");
}

// Whatever it prints: nothing of it is on the terminal while the question is, and nothing answers.
TEST_F(ClientPromptTest, TheAgentCantDrawOverTheQuestionOrAnswerIt) {
  supervisor_filter = SupervisorFilter::off;  // the client must do without it
  auto client = asked_client();
  client->shown.clear();
  const std::string fake = "\x1b[?1049l\x1b[2J\x1b[1;1Hbailey asks: FAKE [y]es";
  for (const std::string& attack :
       {fake, std::string("\x1b[1;24r\x1b[24;1HFAKE"), std::string("\x1b]0;FAKE\x07\x1b]52;c;RkFLRQ==\x07"),
        std::string("\x1b[6n\x1b[c\x1b[21tFAKE"), std::string("\x1b[8;50;200tFAKE"),
        std::string("\x1b"
                    "cFAKE"),
        std::string("\x1b[?2026hFAKE"), std::string(1'000'000, 'F'), std::string("y\r\ny\r\n")})
    agent_writes(attack);
  viewers->notice(Notice{"FAKE notice"});
  const winsize changed{30, 100, 0, 0};
  ASSERT_EQ(::ioctl(client->master.get(), TIOCSWINSZ, &changed), 0);
  ASSERT_TRUE(is_asked(*client)) << "drawn again for the new window";
  EXPECT_FALSE(contains(client->shown, "FAKE")) << client->shown;
  EXPECT_FALSE(contains(client->shown, "FFFF"));
  EXPECT_TRUE(answers.empty());
  client->type("n");
  ASSERT_TRUE(is_over(*client));
  // The positive control: the same bytes do reach the terminal when no question is open.
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "FAKE notice"); })) << "held back until now";
  agent_writes(fake);
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "bailey asks: FAKE"); }));
  EXPECT_EQ(answers, (Answers{{7, ApprovalChoice::deny}}));
}

TEST_F(ClientPromptTest, AFakeQuestionAnswersNothing) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  agent_writes("\x1b[2J\x1b[1;1Hbailey asks: shell-repo-x, request 7\x1b[24;1H[y]es [n]o [v]iew [s]ession");
  ASSERT_TRUE(is_asked(*client)) << "it looks the same";
  client->type("y");
  ASSERT_TRUE(pump({client.get()}, [&] { return input == "y"; })) << "but the key goes to the agent";
  EXPECT_TRUE(answers.empty());
}

TEST_F(ClientPromptTest, TheAgentsModesAreUndoneForTheQuestion) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  agent_writes("\x1b[?1049h\x1b[?1003h\x1b[?1006h\x1b[?2004h\x1b[?5h\x1b[3;5r\x1b(0\x1b[8mhidden");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "hidden"); }));
  client->shown.clear();
  ask(7, domain("example.org"));
  ASSERT_TRUE(is_asked(*client));
  const auto question = client->shown.find("bailey asks");
  for (const char* undone : {"\x1b[?1003l", "\x1b[?1006l", "\x1b[?2004l", "\x1b[?5l", "\x1b[r", "\x1b(B", "\x1b[0m"})
    EXPECT_LT(client->shown.find(undone), question) << undone + 1;
}

TEST_F(ClientPromptTest, DetachingLeavesTheQuestionPendingAndTheNextClientIsAsked) {
  auto client = asked_client();
  client->type(std::string(1, ctrl_b) + "d");
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, detached_status);
  EXPECT_TRUE(contains(client->shown.substr(client->shown.rfind(choices)), leave_own_screen));
  EXPECT_EQ(client->settings().c_lflag, client->before.c_lflag);
  EXPECT_TRUE(answers.empty());
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 0; }));
  auto again = start_on_terminal({24, 80});
  ASSERT_TRUE(is_asked(*again));
  again->type("y");
  ASSERT_TRUE(is_over(*again));
  EXPECT_EQ(answers.size(), 1U);
}

TEST_F(ClientPromptTest, OfTwoClientsTheFirstAnswersAndTheOtherIsTold) {
  auto first = start_on_terminal({24, 80});
  auto second = start_on_terminal({24, 80});
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 2 && first->is_raw() && second->is_raw(); }));
  ask(7, domain("example.org"));
  ASSERT_TRUE(pump({first.get(), second.get()},
                   [&] { return contains(first->shown, choices) && contains(second->shown, choices); }));
  first->type("n");
  second->type("y");
  ASSERT_TRUE(pump({first.get(), second.get()}, [&] {
    return contains(first->shown + second->shown, "request 7 was answered in another terminal");
  }));
  EXPECT_EQ(answers.size(), 1U);
  const bool first_won = answers.at(0).second == ApprovalChoice::deny;
  EXPECT_EQ(contains(first->shown, "was answered in another terminal"), !first_won);
  EXPECT_TRUE(is_over(*first) && is_over(*second));
}

TEST_F(ClientPromptTest, WhatIsDecidedElsewhereLeavesTheScreen) {
  auto client = asked_client();
  ASSERT_TRUE(decide(7, ApprovalChoice::deny, "by bailey approvals"));
  ASSERT_TRUE(is_over(*client));
  EXPECT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "was answered by bailey approvals"); }));
  client->type("y");
  ASSERT_TRUE(pump({client.get()}, [&] { return input == "y"; }));
}

TEST_F(ClientPromptTest, SeveralQuestionsComeOneByOneAndEachWaitsForItsOwnAnswer) {
  auto client = start_on_terminal({24, 80});
  ASSERT_TRUE(attached(*client));
  ask(7, domain("first.org"));
  ask(8, domain("second.org"));
  ASSERT_TRUE(is_asked(*client));
  EXPECT_FALSE(contains(client->shown, "second.org"));
  client->shown.clear();
  client->type("y");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "second.org"); }));
  client->type("y");  // a finger that was too fast
  ASSERT_TRUE(is_asked(*client));
  EXPECT_EQ(answers, (Answers{{7, ApprovalChoice::approve}}));
  client->type("n");
  ASSERT_TRUE(is_over(*client));
  EXPECT_EQ(answers, (Answers{{7, ApprovalChoice::approve}, {8, ApprovalChoice::deny}}));
}

TEST_F(ClientPromptTest, WhoOnlyWatchesOrHasNoTerminalIsNotAskedAndCantAnswer) {
  auto watching = start_on_terminal({24, 80}, {.request = Attach{.read_only = true}});
  ASSERT_TRUE(attached(*watching));
  auto piped = start_on_pipes();
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 2; }));
  EXPECT_FALSE(viewers->can_ask());
  ask(7, domain("example.org"));
  viewers->notice_to_bystanders(Notice{"request 7 waits: bailey approvals"});
  watching->type("y");
  ASSERT_TRUE(pump({watching.get(), piped.get()}, [&] {
    return contains(watching->shown, "request 7 waits") && contains(piped->errors, "request 7 waits");
  }));
  EXPECT_FALSE(contains(watching->shown, "[y]es"));
  EXPECT_EQ(piped->shown, "");
  EXPECT_TRUE(answers.empty());
  // A client of somebody else's making: the supervisor decides who may answer.
  const Fd socket = connect_to_session(directory.path()).value();
  const std::string frames =
      encode(Hello{}) + encode(Attach{.read_only = true}) + encode(ApprovalAnswer{7, ApprovalChoice::approve});
  ASSERT_EQ(::write(socket.get(), frames.data(), frames.size()), ssize_t(frames.size()));
  ASSERT_TRUE(pump({}, [&] { return viewers->count() == 3; }));
  EXPECT_TRUE(pump({}, [&, rounds = 0]() mutable { return ++rounds > 20; }));
  EXPECT_TRUE(answers.empty());
  auto able = start_on_terminal({24, 80});
  ASSERT_TRUE(is_asked(*able)) << "the positive control";
}

TEST_F(ClientPromptTest, AnAnswerThatCantBeKeptIsToldAndNotAskedAgainHere) {
  auto client = asked_client();
  disk_is_full = true;
  client->type("y");
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, "the disk is full"); }));
  EXPECT_TRUE(asked.contains(7));
  EXPECT_TRUE(answers.empty());
}

TEST_F(ClientPromptTest, TheEndOfTheSessionEndsTheQuestion) {
  auto client = asked_client();
  agent_writes("last words");
  viewers->finish({.status = 3});
  ASSERT_TRUE(pump_until_exit(*client));
  EXPECT_EQ(client->exit_status, 3);
  EXPECT_TRUE(contains(client->shown, "last words"));
  EXPECT_EQ(client->settings().c_lflag, client->before.c_lflag);
}

TEST_F(ClientPromptTest, AClientThatIsSuspendedAtTheQuestionShowsItAgain) {
  auto client = asked_client();
  client->shown.clear();
  ::kill(client->pid, SIGTSTP);
  ASSERT_TRUE(pump({client.get()}, [&] { return contains(client->shown, leave_own_screen) && !client->is_raw(); }));
  ::kill(client->pid, SIGCONT);
  ASSERT_TRUE(is_asked(*client));
  client->type("n");
  ASSERT_TRUE(is_over(*client));
  EXPECT_EQ(answers.size(), 1U);
}

}  // namespace
}  // namespace bailey::session

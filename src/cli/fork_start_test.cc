#include "cli/fork_start.h"

#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

namespace bailey::cli {
namespace {

TEST(StartApart, AChildThatGivesUpIsItsExitStatus) {
  const auto outcome = start_apart([](const Fd&, const Introduce&) { return 42; });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<int>(*outcome), 42);
}

TEST(StartApart, AKilledChildIsAFailedStart) {
  const auto outcome = start_apart([](const Fd&, const Introduce&) { return ::raise(SIGKILL); });
  ASSERT_TRUE(outcome);
  EXPECT_EQ(std::get<int>(*outcome), 125);
}

TEST(StartApart, AChildThatIntroducesItselfIsConnected) {
  const Introduction said{"shell-a", "shell/\xc3\xa4 \"x", Stay::detached};
  auto outcome = start_apart([&](const Fd& connection, const Introduce& introduce) {
    introduce(said);
    return ::write(connection.get(), "hello", 5) == 5 ? 0 : 1;
  });
  ASSERT_TRUE(outcome);
  const auto& started = std::get<StartedApart>(*outcome);
  EXPECT_EQ(started.introduction, said);
  char heard[8] = {};
  EXPECT_EQ(::read(started.connection.get(), heard, sizeof heard), 5);
}

TEST(StartApart, AnIntroductionThatIsNoneIsRefused) {
  for (const char* text : {"{}", "[]", "{\"session\":1,\"branch\":\"\",\"detached\":true}", "x"})
    EXPECT_FALSE(decode_introduction(text)) << text;
}

}  // namespace
}  // namespace bailey::cli

#include "session/scrollback.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "os/files.h"
#include "session/temporary_directory.h"
#include "session/terminal_oracle.h"

namespace bailey::session {
namespace {

TEST(Scrollback, ReplaysWhatWasShown) {
  Scrollback scrollback;
  scrollback.append("one\r\n");
  scrollback.append("\x1b[31mtwo");
  EXPECT_EQ(scrollback.replay(), "one\r\n\x1b[31mtwo");
}

TEST(Scrollback, KeepsTheEndWhenThereIsMoreThanItsLimit) {
  Scrollback scrollback(1000);
  for (int i = 0; i < 10'000; ++i) scrollback.append("line " + std::to_string(i) + "\r\n");
  const std::string replay = scrollback.replay();
  EXPECT_LE(replay.size(), 1000U);
  EXPECT_GT(replay.size(), 900U);
  EXPECT_TRUE(replay.starts_with("line ")) << "cut at a line";
  EXPECT_TRUE(replay.ends_with("line 9999\r\n"));
}

TEST(Scrollback, AModeThatWasSetBeforeTheCutIsSetBeforeTheReplay) {
  Scrollback scrollback(1000);
  scrollback.append("\x1b[?1049h\x1b[?25l\x1b[?2004h");
  for (int i = 0; i < 1000; ++i) scrollback.append("\x1b[1;1Htext without a newline");
  TerminalFilter viewer;
  (void)viewer.filter(scrollback.replay());
  EXPECT_TRUE(viewer.modes().is_alternate_screen());
  EXPECT_EQ(viewer.modes().private_state(25), TerminalModes::State::reset);
  EXPECT_EQ(viewer.modes().private_state(2004), TerminalModes::State::set);
}

TEST(Scrollback, TextWithoutAnyBoundaryIsDroppedRatherThanCutInACharacter) {
  Scrollback scrollback(100);
  for (int i = 0; i < 100; ++i) scrollback.append("世界");
  EXPECT_TRUE(is_utf8(scrollback.replay()));
  EXPECT_LE(scrollback.replay().size(), 100U);
}

RC_GTEST_PROP(ScrollbackProperty, EveryCutIsSafeForATerminal, ()) {
  static const std::vector<std::string> pieces = {"text", "世", "\n", "\x1b[31m", "\x1b[?25l", "\x1b[10;10H", "\x1b(0"};
  const auto chosen = *rc::gen::container<std::vector<std::string>>(rc::gen::elementOf(pieces));
  Scrollback scrollback(*rc::gen::inRange<std::size_t>(1, 60));
  for (const auto& piece : chosen) {
    scrollback.append(piece);
    RC_ASSERT(unsafe_for_terminal(scrollback.replay()).empty());
  }
}

TEST(TerminalLog, KeepsTheEndWithinItsLimit) {
  const TemporaryDirectory directory;
  {
    auto log = TerminalLog::open(directory.path(), 1000).value();
    for (int i = 0; i < 500; ++i) ASSERT_TRUE(log.append("line " + std::to_string(i) + "\n"));
  }
  auto again = TerminalLog::open(directory.path(), 1000).value();
  ASSERT_TRUE(again.append("later\n"));
  const std::string shown = read_terminal_log(directory.path()).value();
  EXPECT_LE(shown.size(), 1000U);
  EXPECT_GT(shown.size(), 400U);
  EXPECT_TRUE(shown.ends_with("line 499\nlater\n"));
  ASSERT_TRUE(again.append(std::string(5000, 'x')));
  EXPECT_LE(read_terminal_log(directory.path()).value().size(), 1000U);
}

TEST(TerminalLog, IsPrivateAndFollowsNoLink) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(TerminalLog::open(directory.path()));
  struct stat status {};
  ASSERT_EQ(::stat(directory.file("terminal.log").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 0777, 0600U);
  const TemporaryDirectory other;
  ASSERT_EQ(::symlink(directory.file("terminal.log").c_str(), other.file("terminal.log").c_str()), 0);
  EXPECT_FALSE(TerminalLog::open(other.path()));
}

TEST(TerminalLog, AFullDiskIsReportedOnceAndNotFatal) {
  const TemporaryDirectory directory;
  const pid_t child = ::fork();
  if (child == 0) {
    ::signal(SIGXFSZ, SIG_IGN);
    const rlimit limit{100, 100};
    ::setrlimit(RLIMIT_FSIZE, &limit);
    auto log = TerminalLog::open(directory.path());
    const bool first = log && !log->append(std::string(200, 'x'));
    const bool second = log && log->append("x").has_value();
    ::_exit(first && second ? 0 : 1);
  }
  int status = 0;
  ::waitpid(child, &status, 0);
  EXPECT_EQ(status, 0);
}

TEST(TerminalLog, AFileThatWasTamperedWithIsFilteredWhenRead) {
  const TemporaryDirectory directory;
  ASSERT_TRUE(os::write_file(directory.file("terminal.log"), "a\x1b]52;c;eA==\a\x1b[31mb"));
  EXPECT_EQ(read_terminal_log(directory.path()).value(), "a\x1b[31mb");
  const TemporaryDirectory empty;
  EXPECT_EQ(read_terminal_log(empty.path()).value(), "");
}

TEST(PlainText, IsWhatAPersonWouldHaveRead) {
  EXPECT_EQ(plain_text("\x1b[1mbold\x1b[0m\r\nnext\tcell"), "bold\nnext\tcell");
  EXPECT_EQ(plain_text("10%\r50%\r100%\r\ndone"), "10%\n50%\n100%\ndone");
  EXPECT_EQ(plain_text("\x1b[2J\x1b[1;1Htop\x1b[5;1Hbottom\x1b[3Cx"), "top\nbottom   x");
  EXPECT_EQ(plain_text("a\x1b]0;t\ab\x05"
                       "c\ad"),
            "abcd");
}

}  // namespace
}  // namespace bailey::session

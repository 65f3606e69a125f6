#include <gtest/gtest.h>

#include <cerrno>

#include "base/clock.h"
#include "base/fd.h"
#include "base/result.h"
#include "base/text.h"

namespace bailey {
namespace {

TEST(Visible, LeavesPrintableTextAlone) { EXPECT_EQ(visible("naïve 日本 🚀"), "naïve 日本 🚀"); }
TEST(Visible, ShowsEscapeSequencesInsteadOfObeyingThem) {
  EXPECT_EQ(visible("\x1b]52;c;eA==\a"), "\\x1b]52;c;eA==\\x07");
}
TEST(Visible, ShowsBidiOverrides) { EXPECT_EQ(visible("a\u202Eb"), "a\\u{202e}b"); }
TEST(Visible, ShowsC1ControlsAndBrokenBytes) {
  EXPECT_EQ(visible("\xc2\x9b"
                    "x"),
            "\\u{009b}x");
  EXPECT_EQ(visible("\xff\xc0\x80"), "\\xff\\xc0\\x80");
}
TEST(Utf8, RefusesOverlongAndSurrogates) {
  EXPECT_TRUE(is_utf8("é"));
  EXPECT_FALSE(is_utf8("\xc0\xaf"));
  EXPECT_FALSE(is_utf8("\xed\xa0\x80"));
}
TEST(Text, SplitsTrimsAndQuotes) {
  EXPECT_EQ(split("a::b", ':').size(), 3U);
  EXPECT_EQ(trim("  a b\n"), "a b");
  EXPECT_EQ(shell_quoted("it's"), "'it'\\''s'");
  EXPECT_EQ(shell_quoted("a/b"), "a/b");
  EXPECT_EQ(to_hex(std::string_view("\x00\xff", 2)), "00ff");
}

Status failing() { return fail_errno(ENOENT, "open 'x'"); }
Status wrapping() {
  if (auto done = failing(); !done)
    return std::unexpected(std::move(done).error().within("start").or_remedy("create it"));
  return {};
}
TEST(Error, ReadsAsWhatWhyRemedy) {
  EXPECT_EQ(to_lines(wrapping().error()), "start: open 'x': No such file or directory\n  create it");
}
TEST(Error, TryReturnsTheErrorUnchanged) {
  const auto outer = []() -> Result<int> {
    TRY_STATUS(failing());
    return 1;
  };
  EXPECT_EQ(outer().error().code, ENOENT);
}
TEST(Clock, WritesRfc3339WithMicroseconds) {
  EXPECT_EQ(to_rfc3339(WallTime(std::chrono::microseconds(1'000'000'000'000'007))), "2001-09-09T01:46:40.000007Z");
  EXPECT_EQ(to_rfc3339(WallTime(std::chrono::microseconds(-1))), "1969-12-31T23:59:59.999999Z");
}
TEST(Fd, ClosesOnceAndMoves) {
  int ends[2];
  ASSERT_EQ(::pipe(ends), 0);
  Fd first(ends[0]);
  Fd second(std::move(first));
  EXPECT_FALSE(first);
  EXPECT_EQ(second.get(), ends[0]);
  second.reset();
  EXPECT_EQ(::close(ends[0]), -1);
  ::close(ends[1]);
}

}  // namespace
}  // namespace bailey

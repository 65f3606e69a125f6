#include "guest/text.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "guest/save_message.h"
#include "guest/worktree_state.h"

namespace bailey::guest {
namespace {

TEST(GuestText, VisibleIsOneLineAndCanNotMoveTheCursor) {
  EXPECT_EQ(visible("a\xC3\xA4\n\x1b[31m\xff\xC2\x9B\xE2\x80\xAE"),
            "a\xC3\xA4\\x0a\\x1b[31m\\xff\\xc2\\x9b\\xe2\\x80\\xae");
  EXPECT_EQ(visible("\xED\xA0\x80\xC0\x80"), "\\xed\\xa0\\x80\\xc0\\x80") << "surrogates and overlong forms";
}

TEST(GuestText, JsonStringsAreWellFormedForAnyBytes) {
  EXPECT_EQ(json_quoted("a\"\\\n\x01\xff\xC3\xA4"), "\"a\\\"\\\\\\u000a\\u0001\\ufffd\xC3\xA4\"");
  std::string all;
  for (int c = 0; c < 256; ++c) all += static_cast<char>(c);
  EXPECT_TRUE(is_utf8(json_quoted(all)));
}

TEST(WorktreeState, ReadsPorcelainV2) {
  const std::string text = std::string("# branch.oid 0123\0# branch.head main\0", 37) +
                           std::string("1 .M N... 100644 100644 100644 a b src/with space.c\0", 52) +
                           std::string("u UU N... 100644 100644 100644 100644 a b c conflict\nname\0", 58) +
                           std::string("? new\0? clone/\0", 15) +
                           std::string("1 .M S.M. 160000 160000 160000 a a sub\0", 39) +
                           std::string("1 .M SC.. 160000 160000 160000 a a sub2\0", 40);
  const auto state = parse_status(text);
  ASSERT_TRUE(state);
  EXPECT_EQ(state->head_oid, "0123");
  EXPECT_EQ(state->head_branch, "main");
  EXPECT_EQ(state->changed, (std::vector<std::string>{"src/with space.c", "conflict\nname", "new", "sub2"}));
  EXPECT_EQ(state->embedded, std::vector<std::string>{"clone"});
  EXPECT_EQ(state->submodules.size(), 2U);
}

TEST(WorktreeState, UnbornDetachedAndNonsense) {
  const auto state = parse_status(std::string("# branch.oid (initial)\0# branch.head (detached)\0", 48));
  EXPECT_EQ(state->head_oid, "");
  EXPECT_EQ(state->head_branch, "");
  for (const char* bad : {"1 .M", "x y", "1 .M N... 100644", "u UU S"}) EXPECT_FALSE(parse_status(bad)) << bad;
}

TEST(SaveMessage, SaysWhatChanged) {
  const Session session{"claude-app", "claude/x", "restricted", "abcd", Session::Push::yes};
  const std::string one = save_message({{'M', "src/a.c", "3", "1"}}, session);
  EXPECT_TRUE(one.starts_with("Update src/a.c\n\n")) << one;
  EXPECT_NE(one.find("\nM src/a.c (+3 -1)\n"), std::string::npos);
  EXPECT_TRUE(one.ends_with("\n\nBailey-Session: claude-app\nBailey-Audit: abcd\n")) << one;
  EXPECT_TRUE(save_message({{'A', "x", "", ""}, {'A', "y", "", ""}}, session).starts_with("Add x and 1 more file\n"));
  EXPECT_TRUE(save_message({{'D', "x", "", ""}, {'D', "y", "", ""}, {'D', "z", "", ""}}, session)
                  .starts_with("Remove x and 2 more files\n"));
  EXPECT_TRUE(
      save_message({{'D', "x", "", ""}, {'A', "y", "-", "-"}}, session).starts_with("Update x and 1 more file\n"));
}

TEST(SaveMessage, IsBoundedAndFileNamesCanNotForgeTrailers) {
  std::vector<Change> many(5000, Change{'M', std::string(100, 'p') + "\n\nBailey-Session: forged", "", ""});
  const std::string message = save_message(many, {});
  EXPECT_LT(message.size(), 8000U);
  EXPECT_EQ(message.find("\nBailey-Session"), std::string::npos);
  EXPECT_NE(message.find("and 4970 more"), std::string::npos);
  EXPECT_LT(message.find('\n'), 100U) << "a subject that fits a log";
}

TEST(SaveMessage, ReadsRawAndNumstat) {
  const std::string text = std::string(":100644 100644 a b M\0x\0:000000 100644 0 b A\0y\tz\0", 48) +
                           std::string("1\t2\tx\0-\t-\ty\tz\0", 14);
  const auto changes = parse_changes(text);
  ASSERT_EQ(changes.size(), 2U);
  EXPECT_EQ(changes[0].removed, "2");
  EXPECT_EQ(changes[1].path, "y\tz");
  EXPECT_EQ(changes[1].added, "-");
}

}  // namespace
}  // namespace bailey::guest

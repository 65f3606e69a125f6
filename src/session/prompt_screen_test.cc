#include "session/prompt_screen.h"

#include <gtest/gtest.h>

#include "base/text.h"
#include "session/text_layout.h"

namespace bailey::session {
namespace {

constexpr WindowSize usual{24, 80};

ApprovalPrompt push_prompt() {
  return {7,
          "claude-repo-x",
          {.kind = "git-push",
           .title = "push 2 commits to origin (github.com/o/r), branch claude/x",
           .context = {{"commits", "2"}, {"host", "github.com"}},
           .from_agent = {{"subject", "fix things"}},
           .risk = "publishes commits outside of this machine",
           .view = "commit 1\ncommit 2",
           .remember = "git-push origin refs/heads/claude/x"}};
}

std::string text_of(const std::vector<std::string>& lines) {
  std::string text;
  for (const auto& line : lines) text += line + '\n';
  return text;
}

std::string shown(const PromptScreen& screen, WindowSize size = usual, KeysCount keys = KeysCount::yes) {
  return text_of(screen.lines(size, keys));
}

bool contains(const std::string& text, std::string_view part) { return text.find(part) != std::string::npos; }

TEST(PromptScreen, ShowsActionContextRiskAndChoices) {
  const std::string text = shown(PromptScreen(push_prompt()));
  for (const char* part : {"bailey asks: claude-repo-x, request 7", "push 2 commits to origin (github.com/o/r)",
                           "commits: 2", "host: github.com", "  | subject: fix things",
                           "Risk: publishes commits outside of this machine", "[y]es [n]o [v]iew [s]ession"})
    EXPECT_TRUE(contains(text, part)) << part << "\n" << text;
}

TEST(PromptScreen, ChoicesAreShownOnlyWhileKeysCount) {
  EXPECT_FALSE(contains(shown(PromptScreen(push_prompt()), usual, KeysCount::not_yet), "[y]es"));
  EXPECT_FALSE(contains(shown(PromptScreen(push_prompt()), usual, KeysCount::answered), "[y]es"));
}

TEST(PromptScreen, WhatCantBeRememberedIsNotOffered) {
  ApprovalPrompt prompt = push_prompt();
  prompt.request.remember.clear();
  PromptScreen screen(prompt);
  EXPECT_FALSE(contains(shown(screen), "[s]ession"));
  EXPECT_FALSE(screen.press("s", usual).choice);
}

TEST(PromptScreen, EachKeyMeansWhatItSays) {
  PromptScreen screen(push_prompt());
  EXPECT_EQ(screen.press("y", usual).choice, ApprovalChoice::approve);
  EXPECT_EQ(screen.press("n", usual).choice, ApprovalChoice::deny);
  EXPECT_EQ(screen.press("s", usual).choice, ApprovalChoice::approve_session);
  EXPECT_EQ(screen.press("l", usual).choice, ApprovalChoice::later);
  for (const char* other : {"\r", "\x1b", "x", "1", "\x03", " "}) EXPECT_FALSE(screen.press(other, usual).choice);
}

TEST(PromptScreen, WhatIsPastedOrSentByASpecialKeyAnswersNothing) {
  PromptScreen screen(push_prompt());
  for (const char* typed :
       {"yy", "yes\r", "\x1b[200~y\x1b[201~", "\x1b[A", "\x1by", "\x1b[M !!", "y\n", "\xC3\xBF", ""})
    EXPECT_FALSE(screen.press(typed, usual).choice) << typed;
}

TEST(PromptScreen, TheDetailsArePagedAndAnswerNothing) {
  ApprovalPrompt prompt = push_prompt();
  prompt.request.view.clear();
  for (int i = 1; i <= 100; ++i) prompt.request.view += "line " + std::to_string(i) + "\n";
  PromptScreen screen(prompt);
  EXPECT_TRUE(screen.press("v", usual).redraw);
  EXPECT_TRUE(contains(shown(screen), "  | line 1\n"));
  EXPECT_FALSE(contains(shown(screen), "[y]es"));
  for (const char* key : {"y", "n", "s", "l"}) EXPECT_FALSE(screen.press(key, usual).choice) << "while reading";
  for (int i = 0; i < 50; ++i) (void)screen.press("v", usual);
  EXPECT_TRUE(contains(shown(screen), "  | line 100\n")) << shown(screen);
  (void)screen.press("b", usual);
  EXPECT_FALSE(contains(shown(screen), "  | line 100\n"));
  (void)screen.press("q", usual);
  EXPECT_TRUE(contains(shown(screen), "[y]es"));
}

TEST(PromptScreen, TheAgentsWordsCantControlTheTerminalOrLookLikeOurs) {
  ApprovalPrompt prompt = push_prompt();
  prompt.request.from_agent = {{"subject",
                                "x\r\n\x1b[2J\x1b[24;1H[y]es\x1b]52;c;aGk=\x07\xE2\x80\xAE"
                                "evil\nRisk: none\xff\xC2\x9B"
                                "2J"}};
  prompt.request.title += " \x1b[1;1H";
  prompt.request.view = "a\x1b[1;1Hb\nbailey asks: other\rRisk: none";
  prompt.session = "s\x1b[2J";
  PromptScreen screen(prompt);
  for (const bool viewing : {false, true}) {
    if (viewing) (void)screen.press("v", usual);
    for (const auto& line : screen.lines(usual, KeysCount::yes)) {
      EXPECT_EQ(visible(line), line);
      if (line.starts_with("bailey asks")) {
        EXPECT_TRUE(line.starts_with("bailey asks: s\\x1b[2J, request 7"));
      }
      if (line.starts_with("Risk:")) {
        EXPECT_EQ(line, "Risk: publishes commits outside of this machine");
      }
    }
  }
}

TEST(PromptScreen, WhateverTheAgentMakesLongTheQuestionStaysAndNoLineIsWider) {
  ApprovalPrompt prompt = push_prompt();
  prompt.request.from_agent =
      std::vector<approval::Fact>(approval::facts_max, {"subject", std::string(approval::fact_bytes_max, 'x')});
  prompt.request.context.assign(approval::facts_max, {"file", std::string(500, '\xE4')});
  prompt.request.view = std::string(approval::view_bytes_max, '\n');
  PromptScreen screen(prompt);
  for (const WindowSize size : {WindowSize{1, 1}, {2, 10}, {6, 32}, {8, 40}, {24, 80}, {200, 300}, {4'096, 4'096}}) {
    for (const KeysCount keys : {KeysCount::not_yet, KeysCount::yes, KeysCount::answered}) {
      const auto lines = screen.lines(size, keys);
      ASSERT_EQ(lines.size(), size.rows);
      for (const auto& line : lines) EXPECT_LE(cells(line), size.columns) << line;
      if (size.rows < prompt_rows_min) continue;
      EXPECT_TRUE(contains(lines[1], "push 2 commits"));
      if (keys == KeysCount::yes) {
        EXPECT_TRUE(contains(lines.back(), "[y]es [n]o [v]iew")) << lines.back();
      }
    }
  }
}

TEST(PromptScreen, NothingIsApprovedInAWindowTooSmallToReadIt) {
  PromptScreen screen(push_prompt());
  const WindowSize small{prompt_rows_min - 1, 80};
  EXPECT_FALSE(screen.press("y", small).choice);
  EXPECT_FALSE(screen.press("s", small).choice);
  EXPECT_EQ(screen.press("n", small).choice, ApprovalChoice::deny);
  EXPECT_FALSE(contains(shown(screen, small), "[y]es"));
  EXPECT_FALSE(screen.press("y", {24, prompt_columns_min - 1}).choice);
}

TEST(TextLayout, BreaksAtSpacesAndMeasuresCells) {
  EXPECT_EQ(wrapped("one two three", 7, 9), (std::vector<std::string>{"one two", "three"}));
  EXPECT_EQ(wrapped("one two three", 7, 9, 2), (std::vector<std::string>{"one two", "  three"}));
  EXPECT_EQ(wrapped("abcdefghij", 4, 9), (std::vector<std::string>{"abcd", "efgh", "ij"}));
  EXPECT_EQ(wrapped("abcdefghij", 4, 2), (std::vector<std::string>{"abcd", "efg…"}));
  EXPECT_EQ(wrapped("", 4, 2), std::vector<std::string>{""});
  EXPECT_EQ(wrapped("x", 0, 2), std::vector<std::string>{"x"});
  EXPECT_EQ(cells("a\xE6\xBC\xA2"), 3U);  // a wide character
  EXPECT_EQ(wrapped("\xE6\xBC\xA2\xE6\xBC\xA2", 3, 9).size(), 2U);
}

}  // namespace
}  // namespace bailey::session

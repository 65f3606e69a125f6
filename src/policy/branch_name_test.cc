#include "policy/branch_name.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "os/files.h"
#include "os/process.h"

namespace bailey::policy {
namespace {

using namespace std::string_view_literals;

TEST(AgentBranch, NameGoesBelowTheAgentOnce) {
  EXPECT_EQ(agent_branch("claude", "fix-login").value(), "claude/fix-login");
  EXPECT_EQ(agent_branch("claude", "claude/fix-login").value(), "claude/fix-login");
  EXPECT_EQ(agent_branch("claude", "codex/x").value(), "claude/codex/x");
  EXPECT_EQ(agent_branch("claude", "claudette/x").value(), "claude/claudette/x");
  EXPECT_EQ(agent_branch("claude", "claude").value(), "claude/claude");
  EXPECT_FALSE(agent_branch("claude", "claude/"));
}

TEST(BranchName, WhatGitOrATerminalWouldTripOverIsRefused) {
  for (const auto name :
       {""sv,        "-x"sv,   "--force"sv, "a..b"sv, "a@{1}"sv,         "a.lock"sv,   "a.lock/b"sv, ".a"sv,
        "a/.b"sv,    "a."sv,   "/a"sv,      "a/"sv,   "a//b"sv,          "a b"sv,      "a~1"sv,      "a^"sv,
        "a:b"sv,     "a?"sv,   "a*"sv,      "a[b"sv,  "a\\b"sv,          "a\0b"sv,     "a\nb"sv,     "\x7f"sv,
        "\x1b[2J"sv, "HEAD"sv, "@"sv,       "\xff"sv, "a\xE2\x80\xAE"sv, "a\xC2\x9b"sv}) {
    EXPECT_FALSE(check_branch_name(name)) << name;
    EXPECT_FALSE(agent_branch("claude", name)) << name;
  }
  for (const auto name :
       {"a"sv, "a/b/c"sv, "fix-1.2"sv, "gr\xC3\xBC\xC3\x9F"sv, "a@b"sv, "a{b}"sv, "#12"sv, "HEAD2"sv}) {
    EXPECT_TRUE(check_branch_name(name)) << name;
  }
}

TEST(BranchName, LimitsAreEnforced) {
  const auto component = std::string(branch_component_bytes_max, 'a');
  EXPECT_TRUE(check_branch_name(component));
  EXPECT_FALSE(check_branch_name(component + "a"));
  const auto longest = component + '/' + std::string(branch_bytes_max - component.size() - 1, 'b');
  EXPECT_TRUE(check_branch_name(longest));
  EXPECT_FALSE(check_branch_name(longest + "b"));
  // The agent's prefix counts: the error must come now, not when the branch is made.
  EXPECT_FALSE(agent_branch("claude", longest));
}

TEST(BranchName, ErrorsSayWhatIsWrongAndShowNoControlCharacters) {
  const auto error = to_lines(check_branch_name("a\x1b]0;x\x07").error());
  EXPECT_EQ(error.find('\x1b'), std::string::npos);
  EXPECT_NE(error.find("control characters"), std::string::npos);
}

RC_GTEST_PROP(BranchName, WhatWeAcceptGitAcceptsToo, ()) {
  const auto git = os::find_on_path("git", "/usr/bin:/bin:/usr/local/bin");
  RC_PRE(!git.empty());
  std::string name;
  for (const auto c :
       *rc::gen::container<std::vector<char>>(rc::gen::elementOf(std::string("aabbccddeeffgg.-/@{lock~\x7f"))))
    name += c;
  name += *rc::gen::element<std::string>("", ".lock", "@{", "..", "/x", "HEAD");
  if (!check_branch_name(name)) return;
  const auto output = os::run({.argv = {git, "check-ref-format", "--branch", name}, .environment = {}});
  RC_ASSERT(output.has_value());
  RC_ASSERT(output->exit_status == 0);
}

}  // namespace
}  // namespace bailey::policy

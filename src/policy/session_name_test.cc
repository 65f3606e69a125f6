#include "policy/session_name.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

namespace bailey::policy {
namespace {

TEST(SessionName, IsAgentRepositoryAndBranch) {
  EXPECT_EQ(session_name("claude", "myapp", "claude/session-1"), "claude-myapp-session-1");
  EXPECT_EQ(session_name("claude", "My App", "feature/Login"), "claude-my-app-feature-login");
  EXPECT_EQ(named_session("codex", "Nightly Run"), "codex-nightly-run");
}

TEST(SessionName, NothingOfAPathOrATerminalSurvives) {
  EXPECT_EQ(named_session("claude", "../../etc/passwd"), "claude-etc-passwd");
  EXPECT_EQ(named_session("claude", "a\x1b[2Jb\n"), "claude-a-2jb");
  EXPECT_EQ(named_session("claude", "--force"), "claude-force");
  for (const auto* nothing : {"", "..", ".", "---", "\xE2\x80\xAE", "/"}) {
    const auto name = named_session("claude", nothing);
    EXPECT_EQ(name.size(), std::string("claude-").size() + 8) << name;
  }
  EXPECT_NE(named_session("claude", "\xC3\xA4"), named_session("claude", "\xC3\xB6"));
}

TEST(SessionName, LongOnesAreCutAndStayDifferent) {
  const auto one = session_name("claude", std::string(300, 'r'), "claude/one");
  const auto two = session_name("claude", std::string(300, 'r'), "claude/two");
  EXPECT_LE(one.size(), session_name_bytes_max);
  EXPECT_NE(one, two);
}

RC_GTEST_PROP(SessionName, IsAlwaysASafeDirectoryName, ()) {
  const auto name = session_name(*rc::gen::element<std::string>("claude", "shell"), *rc::gen::arbitrary<std::string>(),
                                 *rc::gen::arbitrary<std::string>());
  RC_ASSERT(!name.empty() && name.size() <= session_name_bytes_max);
  RC_ASSERT(std::ranges::all_of(name, [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-' || c == '_' || c == '.';
  }));
  RC_ASSERT(name.front() >= 'a' && name.front() <= 'z');
  RC_ASSERT(name.back() != '.' && name.back() != '-');
}

}  // namespace
}  // namespace bailey::policy

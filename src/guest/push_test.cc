// `git push local` and `git fetch local` with real git on both ends: what is accepted, and every way around the one rule.
#include <gtest/gtest.h>

#include "git/git_lab.h"

namespace bailey::git {
namespace {

class Push : public ::testing::Test {
 protected:
  Push() { lab.guest_bin = GUEST_BIN; }
  GitLab lab;
};

TEST_F(Push, LandsOnTheHostAndSaysSo) {
  lab.make_session();
  const auto result = lab.sh("cd work && echo b >b && git add b && git commit -q -m second && git push local");
  EXPECT_EQ(result.exit_status, 0) << result.err;
  EXPECT_NE(result.err.find("landed on the host as refs/heads/shell/one"), std::string::npos) << result.err;
  EXPECT_EQ(lab.out("git -C host rev-parse shell/one"), lab.out("git -C work rev-parse HEAD"));
  EXPECT_EQ(lab.out("git -C host show shell/one:b"), "b");
  EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1"), "");
  EXPECT_EQ(lab.out("ls host/.git/objects/pack | grep -c keep || true"), "0");
  EXPECT_NE(lab.reports().find("\"decision\":\"allow\""), std::string::npos);
}

}  // namespace
}  // namespace bailey::git

#include "git/landing.h"

#include <gtest/gtest.h>
#include <sys/wait.h>
#include <unistd.h>

#include <csignal>

#include "git/git_lab.h"
#include "git/refs.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class FixedClock final : public Clock {
 public:
  WallTime wall_now() const override { return WallTime(std::chrono::seconds(1795489506)); }
  SteadyTime steady_now() const override { return std::chrono::steady_clock::now(); }
};

class LandingTest : public ::testing::Test {
 protected:
  void begin(const std::string& branch = "shell/one") {
    lab.make_host();
    lab.make_quarantine(branch);
    lab.out("git clone -q host work 2>/dev/null; cd work && git checkout -q -B " + branch);
  }
  // A commit in work/, pushed into the quarantine by git itself (what receive.h does is tested elsewhere).
  void work(const std::string& name) {
    lab.out("cd work && echo " + name + " >" + name + " && git add . && git commit -q -m " + name +
            " && git push -q --force ../quarantine HEAD:refs/heads/" + lab.config.branch);
  }
  Result<Landing> land_it() const {
    return land(lab.runner(), {lab.host(), lab.config.quarantine, lab.config.session, lab.config.branch}, clock);
  }
  Landing landed() const {
    auto landing = land_it();
    EXPECT_TRUE(landing) << to_lines(landing.error());
    return landing ? *landing : Landing{};
  }
  std::string rev(const std::string& name) const { return lab.out("git -C host rev-parse " + name); }
  void expect_sound() const {
    EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1 | grep -v '^notice: HEAD' || true"), "");
    EXPECT_EQ(lab.out("find host/.git -name '*.lock' -o -name '*.keep' -o -name 'tmp_*'"), "");
  }
  GitLab lab;
  FixedClock clock;
};

TEST_F(LandingTest, ANewBranch) {
  begin();
  work("b");
  work("c");
  const Landing landing = landed();
  EXPECT_EQ(landing.kind, LandingKind::landed);
  EXPECT_EQ(landing.ref, "refs/heads/shell/one");
  EXPECT_TRUE(landing.old_tip.is_zero());
  EXPECT_EQ(landing.commits, 2U);
  EXPECT_EQ(landing.how_to_take, "git merge shell/one");
  EXPECT_EQ(rev("shell/one"), landing.new_tip.hex());
  expect_sound();
  EXPECT_EQ(lab.out("git -C host " + landing.how_to_take.substr(4) + " >/dev/null; cat host/c"), "c");
}

TEST_F(LandingTest, AgainIsNothingAndFurtherWorkMovesOn) {
  begin();
  work("b");
  landed();
  EXPECT_EQ(landed().kind, LandingKind::unchanged);
  work("c");
  const Landing landing = landed();
  EXPECT_EQ(landing.kind, LandingKind::landed);
  EXPECT_EQ(landing.commits, 1U);
  EXPECT_EQ(landing.archived_ref, "");
  expect_sound();
}

TEST_F(LandingTest, WithoutACommitOfItsOwnNoBranchAppears) {
  begin();
  EXPECT_EQ(landed().kind, LandingKind::nothing);
  EXPECT_EQ(lab.out("git -C host for-each-ref --format='%(refname)'"), "refs/heads/main");
}

TEST_F(LandingTest, ARewrittenBranchKeepsTheOldTip) {
  begin();
  work("b");
  const std::string old_tip = landed().new_tip.hex();
  lab.out("cd work && git commit -q --amend -m rewritten");
  work("c");
  const Landing landing = landed();
  EXPECT_EQ(landing.archived_ref, "refs/heads/shell/one-archived-20261124T030506Z");
  EXPECT_EQ(rev(landing.archived_ref), old_tip);
  EXPECT_EQ(rev("shell/one~1^{/rewritten}"), rev("shell/one~1"));
  expect_sound();
}

TEST_F(LandingTest, TheUsersCommitsOnTheBranchAreNeverLost) {
  begin();
  work("b");
  landed();
  lab.out(
      "cd host && git checkout -q shell/one && echo u >u && git add u && git commit -q -m user && git checkout -q "
      "main");
  const std::string users = rev("shell/one");
  EXPECT_EQ(landed().kind, LandingKind::contained) << "the host went on from our tip";
  EXPECT_EQ(rev("shell/one"), users);
  work("c");
  const Landing landing = landed();
  EXPECT_EQ(landing.kind, LandingKind::landed);
  EXPECT_EQ(rev(landing.archived_ref), users);
  expect_sound();
}

TEST_F(LandingTest, ABranchThatTheAgentSetsBackMovesBackAndIsArchived) {
  begin();
  work("b");
  work("c");
  const std::string old_tip = landed().new_tip.hex();
  lab.out("cd work && git reset -q --hard HEAD~1 && git push -q --force ../quarantine HEAD:refs/heads/shell/one");
  const Landing landing = landed();
  EXPECT_EQ(landing.kind, LandingKind::landed);
  EXPECT_EQ(rev(landing.archived_ref), old_tip);
}

TEST_F(LandingTest, ACheckedOutBranchIsNotMoved) {
  begin("shell/one");
  lab.out("git -C host checkout -q -b shell/one");
  const std::string before = rev("shell/one");
  work("b");
  const Landing landing = landed();
  EXPECT_EQ(landing.ref, "refs/bailey/shell-one");
  EXPECT_EQ(landing.how_to_take, "git merge --ff-only refs/bailey/shell-one");
  EXPECT_EQ(rev("shell/one"), before);
  EXPECT_EQ(lab.out("git -C host status --porcelain"), "");
  lab.out("cd host && " + landing.how_to_take);
  EXPECT_EQ(lab.out("cat host/b"), "b");
  EXPECT_EQ(landed().kind, LandingKind::unchanged) << "taken: the branch itself has it now";
}

TEST_F(LandingTest, CheckedOutInALinkedWorktreeCountsToo) {
  begin();
  lab.out("git -C host worktree add -q -b shell/one ../side");
  work("b");
  EXPECT_EQ(landed().ref, "refs/bailey/shell-one");
  lab.out("git -C host worktree remove ../side");
  EXPECT_EQ(landed().ref, "refs/heads/shell/one") << "control";
}

TEST_F(LandingTest, TheUnbornBranchOfAnEmptyRepository) {
  lab.make_host();
  lab.out("rm -rf host && git init -q host");
  lab.make_quarantine("shell/one");
  lab.out("git init -q work");
  work("b");
  EXPECT_EQ(landed().kind, LandingKind::landed);
  EXPECT_EQ(lab.out("git -C host log --format=%s shell/one"), "b");
  expect_sound();
}

TEST_F(LandingTest, Sha256AndShallowRepositories) {
  lab.make_host("--object-format=sha256");
  lab.make_quarantine("shell/one");
  lab.out("git clone -q host work 2>/dev/null; cd work && git checkout -q -B shell/one");
  work("b");
  EXPECT_EQ(landed().new_tip.hex().size(), 64U);
  expect_sound();
}

TEST_F(LandingTest, AShallowHost) {
  lab.make_host();
  lab.out(
      "cd host && for i in 1 2 3; do echo $i >a; git commit -qam $i; done; cd .. && mv host full && git clone -q "
      "--depth 1 file://$PWD/full host");
  lab.make_quarantine("shell/one");
  lab.out("git clone -q --no-local host work 2>/dev/null; cd work && git checkout -q -B shell/one");
  work("b");
  EXPECT_EQ(landed().commits, 1U);
  EXPECT_EQ(lab.out("git -C host rev-list --count shell/one"), "2");
  expect_sound();
}

TEST_F(LandingTest, ABrokenRefOfTheHostIsNoObstacle) {
  begin();
  work("b");
  lab.out("echo dddddddddddddddddddddddddddddddddddddddd >host/.git/refs/heads/broken");
  EXPECT_EQ(landed().kind, LandingKind::landed);
}

TEST_F(LandingTest, ALockThatSomebodyHoldsIsSaidAndLaterItWorks) {
  begin();
  work("b");
  lab.out("mkdir -p host/.git/refs/heads/shell && touch host/.git/refs/heads/shell/one.lock");
  const auto locked = land_it();
  ASSERT_FALSE(locked);
  EXPECT_NE(locked.error().remedy.find("one.lock"), std::string::npos);
  lab.out("rm host/.git/refs/heads/shell/one.lock");
  EXPECT_EQ(landed().kind, LandingKind::landed);
  expect_sound();
}

TEST_F(LandingTest, ABranchInTheWayIsSaid) {
  begin();
  work("b");
  lab.out("git -C host branch shell");
  const auto refused = land_it();
  ASSERT_FALSE(refused);
  EXPECT_NE(refused.error().why.find("in the way"), std::string::npos);
  EXPECT_EQ(lab.out("git -C host for-each-ref --format='%(refname)'"), "refs/heads/main\nrefs/heads/shell");
}

TEST_F(LandingTest, NeitherHooksNorConfigurationOfTheHostRun) {
  begin();
  const std::string mark = lab.path("mark");
  lab.out("printf '#!/bin/sh\\necho $0 >>" + mark +
          "\\n' >evil && chmod +x evil && for h in reference-transaction pre-receive update "
          "post-receive post-update post-checkout pre-auto-gc post-index-change; do cp evil host/.git/hooks/$h; done; "
          "cd host;"
          "git config core.fsmonitor ../evil; git config gc.auto 1; git config core.alternateRefsCommand ../evil;"
          "git config uploadpack.packObjectsHook ../evil; git config filter.x.clean ../evil; echo '* filter=x' "
          ">.git/info/attributes;"
          "git config extensions.partialClone origin; git config remote.origin.promisor true; git config "
          "remote.origin.url ext::../evil");
  work("b");
  lab.out("rm -f mark");
  EXPECT_EQ(landed().kind, LandingKind::landed);
  EXPECT_FALSE(os::exists(mark));
  (void)lab.sh("git -C host update-ref refs/heads/control HEAD");
  EXPECT_TRUE(os::exists(mark)) << "control: the same hooks run for the user's git";
}

TEST_F(LandingTest, AsRootNothingOfRootsIsLeft) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  begin();
  work("b");
  lab.out("chown -R 12345:12345 host");
  landed();
  EXPECT_EQ(lab.out("find host ! -uid 12345"), "");
}

TEST_F(LandingTest, TwoSessionsAtOnce) {
  begin("shell/one");
  lab.out(
      "mkdir second; cp -r quarantine second/quarantine; cd second/quarantine; git symbolic-ref HEAD "
      "refs/heads/shell/two; "
      "git branch -m shell/one shell/two");
  work("b");
  lab.out(
      "cd work && git checkout -q -b two HEAD~1 && echo t >t && git add t && git commit -q -m t && "
      "git push -q ../second/quarantine HEAD:refs/heads/shell/two");
  const pid_t other = ::fork();
  if (other == 0) {
    const auto landing =
        land(lab.runner(), {lab.host(), lab.path("second/quarantine"), "shell-two", "shell/two"}, clock);
    ::_exit(landing && landing->kind == LandingKind::landed ? 0 : 1);
  }
  EXPECT_EQ(landed().kind, LandingKind::landed);
  int status = 0;
  ::waitpid(other, &status, 0);
  EXPECT_EQ(status, 0);
  EXPECT_EQ(lab.out("git -C host log --format=%s shell/two -1"), "t");
  expect_sound();
}

// Killed at any moment: the host is sound, nothing is half there, and the next attempt completes it.
TEST_F(LandingTest, KilledAtRandomMoments) {
  begin();
  std::string landed_tip;
  for (int round = 0; round < 30; ++round) {
    lab.out("cd work && head -c 20000 /dev/urandom >blob");
    work("r" + std::to_string(round));
    const pid_t victim = ::fork();
    if (victim == 0) {
      (void)land_it();
      ::_exit(0);
    }
    ::usleep(static_cast<useconds_t>(round * 1500));
    ::kill(victim, SIGKILL);
    ::waitpid(victim, nullptr, 0);
    const auto tip = lab.sh(
        "git -C host rev-parse --verify -q shell/one && git -C host fsck --strict --no-dangling --connectivity-only "
        "2>&1");
    EXPECT_TRUE(tip.exit_status == 0 || landed_tip.empty()) << tip.out;
    // A lock that the killed one held is what a user would have to remove; git itself leaves it the same way.
    lab.out("rm -f host/.git/refs/heads/shell/one.lock");
    landed_tip = landed().new_tip.hex();
    ASSERT_EQ(rev("shell/one"), landed_tip);
    ASSERT_EQ(landed_tip, lab.out("git -C work rev-parse HEAD"));
  }
  EXPECT_EQ(lab.out("git -C host fsck --strict --no-dangling 2>&1"), "");
}

TEST(ArchiveName, IsReadableAndSorts) {
  EXPECT_EQ(archive_name("claude/x", WallTime(std::chrono::seconds(0))), "claude/x-archived-19700101T000000Z");
}

TEST_F(LandingTest, ArchivesOfOneSecondGetDifferentNamesAndTheSameTipOnlyOne) {
  begin();
  lab.out("git -C host branch x; cd host && echo b >b && git add b && git commit -q -m b");
  const auto refs = RefStore::open(lab.host());
  const Oid first = *refs->read("refs/heads/x");
  const Oid second = *refs->read("refs/heads/main");
  const std::string name = *archive_ref(*refs, "refs/heads/x", first, clock);
  EXPECT_EQ(*archive_ref(*refs, "refs/heads/x", first, clock), name);
  EXPECT_EQ(*archive_ref(*refs, "refs/heads/x", second, clock), name + "-2");
}

}  // namespace
}  // namespace bailey::git

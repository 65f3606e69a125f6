#include "git/apply.h"

#include <fcntl.h>
#include <gtest/gtest.h>
#include <unistd.h>

#include <csignal>

#include "git/confine.h"
#include "git/git_lab.h"
#include "git/worktree_update.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class ApplyTest : public ::testing::Test {
 protected:
  ApplyTest() {
    lab.make_host();
    lab.out(
        "mkdir scratch; cd host && printf '1\\n2\\n3\\n4\\n5\\n6\\n7\\n' >lines && git add . && git commit -q -m "
        "lines");
  }
  // A commit on the branch shell/one of the host, as a landing leaves it.
  void branch(const std::string& script, const std::string& from = "main") {
    lab.out("rm -rf w && git clone -q host w && cd w && git checkout -q -B shell/one origin/" + from + " && (" +
            script + ") && git add -A && git commit -q -m work && git push -q -f origin shell/one");
  }
  ApplyRequest request(ApplyMode mode = ApplyMode::merge) {
    lab.out("rm -rf scratch && mkdir scratch");
    ApplyRequest request;
    request.host = lab.host();
    request.head = *RefStore::open(request.host)->head();
    request.top = lab.path("host");
    request.scratch = lab.path("scratch");
    request.name = "shell/one";
    request.session = "shell-host-one";
    request.tip = *RefStore::open(request.host)->read("refs/heads/shell/one");
    request.mode = mode;
    request.user_name = "Ann User";
    request.user_email = "ann@example.com";
    return request;
  }
  ApplyPlan planned(const ApplyRequest& wanted) {
    auto plan = plan_apply(runner(), wanted, clock);
    EXPECT_TRUE(plan) << to_lines(plan.error());
    return plan ? *plan : ApplyPlan{};
  }
  Applied applied(ApplyMode mode = ApplyMode::merge) {
    const auto wanted = request(mode);
    const auto done = carry_out(runner(), wanted, planned(wanted), clock);
    EXPECT_TRUE(done) << to_lines(done.error());
    return done ? *done : Applied{};
  }
  GitRunner runner() const { return lab.runner(); }
  std::string host(const std::string& command) const { return lab.out("cd host && " + command); }
  void expect_sound() const {
    EXPECT_EQ(host("git fsck --strict --no-dangling 2>&1 | grep -v '^notice' || true"), "");
    EXPECT_EQ(host("find .git -name '*.lock' -o -name '*.keep' -o -name '*.bailey'"), "");
  }
  GitLab lab;
  SystemClock clock;
};

TEST_F(ApplyTest, ABranchThatIsAheadIsTakenAsItIs) {
  branch("echo new >new; echo 8 >>lines; rm a; mkdir d; echo deep >d/deep");
  const auto tip = host("git rev-parse shell/one");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("git rev-parse main"), tip);
  EXPECT_EQ(host("git status --porcelain"), "");
  EXPECT_EQ(host("cat new d/deep; tail -1 lines; ls a 2>&1 | wc -l"), "new\ndeep\n8\n1");
  EXPECT_EQ(host("git log -g --format=%gs -1 main; git log -g --format=%gs -1 HEAD"),
            "bailey apply: shell/one\nbailey apply: shell/one");
  EXPECT_EQ(host("git rev-parse ORIG_HEAD"), host("git rev-parse main~1"));
  expect_sound();
}

TEST_F(ApplyTest, BothHaveCommitsAndTheMergeIsTheUsers) {
  branch("echo 8 >>lines");
  host("sed -i 1s/1/one/ lines && git commit -q -am mine");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("cat lines | tr '\\n' ' '"), "one 2 3 4 5 6 7 8 ");
  EXPECT_EQ(host("git log -1 --format='%an <%ae> %cn: %s, %P' | cut -d' ' -f1-8"),
            "Ann User <ann@example.com> Ann User: Merge branch 'shell/one',");
  EXPECT_EQ(host("git rev-list --parents -1 HEAD | wc -w"), "3");
  EXPECT_EQ(host("git status --porcelain"), "");
  expect_sound();
}

TEST_F(ApplyTest, SquashedIntoOneCommitAndTwiceIsNothing) {
  branch("echo a1 >n1");
  lab.out("cd w && echo x >n2 && git add . && git commit -q -m second && git push -q origin shell/one");
  EXPECT_TRUE(applied(ApplyMode::squash).in_the_way.empty());
  EXPECT_EQ(host("git log -1 --format=%B | head -4"), "shell/one: 2 commits\n\n* work\n* second");
  EXPECT_EQ(host("git rev-list --parents -1 HEAD | wc -w; git status --porcelain"), "2");
  EXPECT_EQ(planned(request(ApplyMode::squash)).kind, ApplyKind::nothing);
}

TEST_F(ApplyTest, AConflictChangesNothing) {
  branch("sed -i 3s/3/theirs/ lines");
  host("sed -i 3s/3/mine/ lines && git commit -q -am mine");
  const auto plan = planned(request());
  EXPECT_EQ(plan.kind, ApplyKind::conflict);
  EXPECT_EQ(plan.conflicts, std::vector<std::string>{"lines"});
  EXPECT_EQ(host("git status --porcelain; git log -1 --format=%s"), "mine");
}

TEST_F(ApplyTest, WhatTheUserHasNotCommittedStaysAndIsInTheWayOnlyWhereItIsTouched) {
  branch("echo 8 >>lines; echo new >new");
  host("echo changed >a; echo kept >untracked; echo staged >s; git add s");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("cat a untracked s; git status --porcelain"), "changed\nkept\nstaged\n M a\nA  s\n?? untracked");

  branch("echo 9 >>lines; echo other >untracked; echo n >n", "shell/one");
  host("echo mine >>lines");
  const auto before = host("git rev-parse main; git status --porcelain; cat lines untracked");
  const auto refused = applied();
  EXPECT_EQ(refused.in_the_way, std::vector<std::string>{"untracked"});
  EXPECT_EQ(host("git rev-parse main; git status --porcelain; cat lines untracked"), before);
  EXPECT_EQ(host("ls n 2>&1 | grep -c cannot"), "1");
  expect_sound();
}

TEST_F(ApplyTest, AnIgnoredFileThatIsInTheWayIsKept) {
  host("echo secret >.gitignore; echo mine >secret; git add .gitignore; git commit -q -m ignore");
  branch("echo theirs >secret; git add -f secret");
  EXPECT_EQ(applied().in_the_way, std::vector<std::string>{"secret"});
  EXPECT_EQ(host("cat secret"), "mine");
  branch("rm -rf secret; mkdir secret; echo theirs >secret/f; git add -f secret", "shell/one");
  EXPECT_EQ(applied().in_the_way, std::vector<std::string>{"secret"});
  host("rm secret; mkdir secret; echo mine >secret/mine");
  branch("rm -rf secret; echo theirs >secret; git add -f secret", "shell/one");
  EXPECT_EQ(applied().in_the_way, std::vector<std::string>{"secret"});
  EXPECT_EQ(host("cat secret/mine"), "mine");
}

TEST_F(ApplyTest, FilesThatTheUserChangedAreAllNamed) {
  branch("echo 9 >>lines; echo b >>a");
  host("echo mine >>lines; echo mine >>a");
  EXPECT_EQ(applied().in_the_way, (std::vector<std::string>{"a", "lines"}));
  host("git add -A");
  EXPECT_EQ(applied().in_the_way, (std::vector<std::string>{"a", "lines"}));
}

TEST_F(ApplyTest, AKilledRunIsTakenUpWhereItEnded) {
  branch("echo new >new; echo 8 >>lines; rm a");
  // As it is when half of the files were written: the lock of a dead run, the old index, the old branch.
  host("echo 8 >>lines; echo new >new; printf 'bailey apply\\n' >.git/index.lock");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("git status --porcelain; git rev-parse main"), host("git rev-parse shell/one"));
  expect_sound();
}

TEST_F(ApplyTest, AKilledRunWhoseIndexWasWritten) {
  branch("echo new >new; echo 8 >>lines; rm a");
  host("git read-tree -m -u main shell/one");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("git status --porcelain; git rev-parse main"), host("git rev-parse shell/one"));
}

TEST_F(ApplyTest, TheLockOfAnotherGitIsRespected) {
  branch("echo new >new");
  host(": >.git/index.lock");
  const auto wanted = request();
  const auto done = carry_out(runner(), wanted, planned(wanted), clock);
  ASSERT_FALSE(done);
  EXPECT_NE(done.error().remedy.find("index.lock"), std::string::npos);
  EXPECT_EQ(host("git rev-parse main; ls new 2>&1 | grep -c cannot"), host("git rev-parse main") + "\n1");
}

TEST_F(ApplyTest, ABranchWithoutACommit) {
  lab.out(
      "git init -q -b main empty; rm -rf w; git clone -q empty w 2>/dev/null; cd w; git checkout -q -b shell/one; echo "
      "x >x; "
      "git add x; git commit -q -m x; git push -q origin shell/one; rm -rf ../host; mv ../empty ../host");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("cat x; git status --porcelain; git log --format=%s main"), "x\nx");
}

TEST_F(ApplyTest, ThePatchIsWhatGitApplyTakes) {
  branch("echo 8 >>lines; head -c 3000 /dev/urandom >blob; rm a");
  const auto wanted = request();
  const Fd out = *os::open_file(lab.path("patch"), O_WRONLY | O_CREAT, 0600);
  ASSERT_TRUE(write_patch(runner(), wanted, planned(wanted), out.get(), ""));
  EXPECT_EQ(host("git apply --index ../patch && git diff --cached shell/one | wc -c"), "0");
}

// The attack: what in the user's own configuration runs a program when git touches the tree, with the program coming
// from the agent's branch. Control: the user's own git runs each of them.
TEST_F(ApplyTest, NothingOfTheConfigurationOrTheTreeRuns) {
  host(R"(mkdir .husky && printf '#!/bin/sh\ntouch ../mark.$(basename $0)\n' >run && chmod +x run &&
    for h in post-merge post-checkout reference-transaction post-index-change pre-merge-commit; do cp run .husky/$h; done &&
    git config core.hooksPath .husky && git config core.fsmonitor "touch ../mark.fsmonitor; false" &&
    git config filter.f.smudge "touch ../mark.smudge; cat" && git config filter.f.clean "touch ../mark.clean; cat" &&
    git config merge.d.driver "touch ../mark.driver; false" && git config diff.t.textconv "touch ../mark.textconv; cat" &&
    git -c core.hooksPath=/dev/null add . && git -c core.hooksPath=/dev/null commit -q -m tools; rm -f ../mark.*)");
  branch("echo '* filter=f diff=t merge=d' >.gitattributes; echo 8 >>lines; echo new >new");
  host("git -c core.fsmonitor=false -c core.hooksPath=/dev/null commit -q --allow-empty -m other; rm -f ../mark.*");
  const auto wanted = request();
  const auto plan = planned(wanted);
  ASSERT_EQ(plan.kind, ApplyKind::merge);
  const Fd out = *os::open_file("/dev/null", O_WRONLY);
  EXPECT_TRUE(write_patch(runner(), wanted, plan, out.get(), ""));
  lab.out("cp -r host control");
  ASSERT_TRUE(carry_out(runner(), wanted, plan, clock));
  EXPECT_EQ(lab.out("ls mark.* 2>/dev/null || true"), "");
  EXPECT_EQ(host("tail -1 lines; cat new; ls ../mark.* 2>/dev/null || true"), "8\nnew");
  lab.out("cd control && git merge -q -m m shell/one; git diff HEAD~1 >/dev/null; true");
  const auto ran = lab.out("ls mark.*");
  for (const char* name : {"fsmonitor", "smudge", "post-merge", "textconv"})
    EXPECT_NE(ran.find(name), std::string::npos) << ran;
}

// A branch that turns a directory into a link, and a file of the user's that lies behind it.
TEST_F(ApplyTest, ALinkInTheTreeIsNeverWrittenThrough) {
  host("mkdir d; echo in >d/f; git add d; git commit -q -m d");
  lab.out("mkdir outside; echo mine >outside/f");
  branch("rm -r d; ln -s ../outside d");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("readlink d"), "../outside");
  branch("rm d; mkdir d; echo attack >d/f", "shell/one");
  EXPECT_TRUE(applied().in_the_way.empty());
  EXPECT_EQ(host("cat ../outside/f d/f"), "mine\nattack");
  // The user has put a link where the branch has a directory.
  host("rm -r d; ln -s ../outside d");
  branch("echo again >d/f", "shell/one");
  EXPECT_FALSE(applied().in_the_way.empty());
  EXPECT_EQ(host("cat ../outside/f"), "mine");
}

}  // namespace
}  // namespace bailey::git

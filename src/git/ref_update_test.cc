#include <gtest/gtest.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "git/git_lab.h"
#include "git/refs.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class RefWriter : public ::testing::Test {
 protected:
  RefWriter() {
    lab.make_host();
    lab.out("cd host && echo b >b && git add b && git commit -q -m second");
    first = *Oid::parse(lab.out("git -C host rev-parse HEAD~1"));
    second = *Oid::parse(lab.out("git -C host rev-parse HEAD"));
  }
  Result<UpdateOutcome> update(const std::string& ref, const Oid& expected, const Oid& value) const {
    return RefStore::open(lab.host())->update({ref, expected, value, "test"}, clock);
  }
  std::string rev(const std::string& name) const { return lab.out("git -C host rev-parse " + name); }
  GitLab lab;
  SystemClock clock;
  Oid first;
  Oid second;
};

TEST_F(RefWriter, CreatesMovesAndIsReadByGit) {
  EXPECT_EQ(*update("refs/heads/shell/x", {}, first), UpdateOutcome::updated);
  EXPECT_EQ(rev("shell/x"), first.hex());
  EXPECT_EQ(*update("refs/heads/shell/x", first, second), UpdateOutcome::updated);
  EXPECT_EQ(rev("shell/x"), second.hex());
  EXPECT_EQ(lab.out("git -C host reflog show --format=%gs shell/x"), "test\ntest");
  EXPECT_EQ(rev("shell/x@{1}"), first.hex());
  EXPECT_EQ(lab.out("find host/.git -name '*.lock'"), "");
}

TEST_F(RefWriter, ComparesBeforeItSwaps) {
  EXPECT_EQ(*update("refs/heads/main", first, first), UpdateOutcome::changed_meanwhile);
  EXPECT_EQ(*update("refs/heads/main", {}, first), UpdateOutcome::changed_meanwhile);
  EXPECT_EQ(*update("refs/heads/new", first, second), UpdateOutcome::changed_meanwhile);
  EXPECT_EQ(rev("main"), second.hex());
  lab.out("git -C host pack-refs --all");
  EXPECT_EQ(*update("refs/heads/main", first, first), UpdateOutcome::changed_meanwhile) << "packed values count";
  EXPECT_EQ(*update("refs/heads/main", second, first), UpdateOutcome::updated);
  EXPECT_EQ(rev("main"), first.hex());
}

TEST_F(RefWriter, WaitsForALockAndGivesUpWithoutAnEffect) {
  lab.out("touch host/.git/refs/heads/main.lock");
  EXPECT_EQ(*update("refs/heads/main", second, first), UpdateOutcome::locked);
  EXPECT_EQ(lab.out("ls host/.git/refs/heads"), "main\nmain.lock") << "somebody else's lock stays";
}

TEST_F(RefWriter, NamesAboveAndBelowOthersAreRefused) {
  for (const char* pack : {"true", "git -C host pack-refs --all"}) {
    lab.out("git -C host branch -f taken HEAD; git -C host branch -f dir/leaf HEAD; " + std::string(pack));
    EXPECT_FALSE(update("refs/heads/taken/x", {}, first)) << pack;
    EXPECT_FALSE(update("refs/heads/dir", {}, first)) << pack;
    EXPECT_EQ(lab.out("git -C host for-each-ref --format='%(refname:short)' refs/heads"), "dir/leaf\nmain\ntaken");
  }
  EXPECT_EQ(lab.out("git -C host fsck --strict 2>&1"), "");
}

TEST_F(RefWriter, EmptyDirectoriesThatGitLeftAreNoObstacle) {
  lab.out("mkdir -p host/.git/refs/heads/x/y/z host/.git/logs/refs/heads/x/y");
  EXPECT_EQ(*update("refs/heads/x", {}, first), UpdateOutcome::updated);
  EXPECT_EQ(rev("x"), first.hex());
}

TEST_F(RefWriter, LinksBelowTheRepositoryAreNotFollowed) {
  lab.out(
      "mkdir outside; ln -s ../../../../outside host/.git/refs/heads/evil; ln -s ../../../../outside/f "
      "host/.git/refs/heads/file;"
      "mkdir -p host/.git/logs/refs/heads; ln -s ../../../../../outside host/.git/logs/refs/heads/logged");
  EXPECT_FALSE(update("refs/heads/evil/x", {}, first));
  EXPECT_FALSE(update("refs/heads/file", {}, first));
  EXPECT_FALSE(update("refs/heads/logged/x", {}, first));
  EXPECT_EQ(lab.out("ls outside"), "");
  EXPECT_EQ(*update("refs/heads/good/x", {}, first), UpdateOutcome::updated) << "control";
}

TEST_F(RefWriter, ASymbolicRefIsNotWrittenThrough) {
  lab.out("git -C host symbolic-ref refs/heads/shell refs/heads/main");
  EXPECT_FALSE(update("refs/heads/shell", second, first));
  EXPECT_EQ(rev("main"), second.hex());
}

TEST_F(RefWriter, RefusesNamesThatAreNoRefs) {
  for (const char* bad :
       {"HEAD", "config", "../x", "refs/heads/../../config", "refs/heads/x.lock", "refs/", "logs/refs/heads/main"})
    EXPECT_FALSE(update(bad, {}, first)) << bad;
  EXPECT_FALSE(update("refs/heads/main", second, {})) << "nothing is deleted";
}

TEST_F(RefWriter, TakesOverTheDirectorysPermissions) {
  lab.out("chmod 2775 host/.git/refs/heads");
  ASSERT_EQ(*update("refs/heads/d/x", {}, first), UpdateOutcome::updated);
  struct stat status {};
  ASSERT_EQ(::stat(lab.path("host/.git/refs/heads/d/x").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 0664U);
  ASSERT_EQ(::stat(lab.path("host/.git/refs/heads/d").c_str(), &status), 0);
  EXPECT_EQ(status.st_mode & 07777U, 02775U);
}

TEST_F(RefWriter, AsRootTheFilesBelongToTheRepositorysOwner) {
  if (::geteuid() != 0) GTEST_SKIP() << "needs root";
  lab.out("chown -R 12345:12345 host");
  ASSERT_EQ(*update("refs/heads/d/x", {}, first), UpdateOutcome::updated);
  EXPECT_EQ(lab.out("find host ! -uid 12345"), "");
}

TEST_F(RefWriter, ReflogsFollowTheRepositorysSetting) {
  lab.out("git -C host config core.logAllRefUpdates false");
  ASSERT_TRUE(update("refs/heads/quiet", {}, first));
  EXPECT_FALSE(os::exists(lab.path("host/.git/logs/refs/heads/quiet")));
  ASSERT_TRUE(update("refs/heads/main", second, first));
  EXPECT_EQ(lab.out("git -C host reflog show --format=%gs -1 main"), "test") << "a log that exists is gone on with";
  lab.out("git -C host config core.logAllRefUpdates always");
  ASSERT_TRUE(update("refs/bailey/x", {}, first));
  EXPECT_TRUE(os::exists(lab.path("host/.git/logs/refs/bailey/x")));
}

TEST_F(RefWriter, AReasonCanNotForgeReflogLines) {
  ASSERT_TRUE(RefStore::open(lab.host())->update({"refs/heads/x", {}, first, "a\nb\tc"}, clock));
  EXPECT_EQ(lab.out("wc -l <host/.git/logs/refs/heads/x"), "1");
}

// Eight writers, half of them real git, add one to a chain of values by compare-and-swap: none may be lost.
TEST_F(RefWriter, RacesWithGitLoseNothing) {
  lab.out("cd host && git branch race main~1");
  constexpr int rounds = 20;
  std::vector<pid_t> writers;
  for (int writer = 0; writer < 4; ++writer) {
    const pid_t pid = ::fork();
    if (pid != 0) {
      writers.push_back(pid);
      continue;
    }
    int done = 0;
    const auto store = RefStore::open(lab.host());
    while (done < rounds) {
      const Oid now = *store->read("refs/heads/race");
      const auto outcome = store->update({"refs/heads/race", now, now == first ? second : first, "race"}, clock);
      if (outcome && *outcome == UpdateOutcome::updated) ++done;
    }
    ::_exit(0);
  }
  const auto git = lab.sh("cd host; n=0; while [ $n -lt 20 ]; do o=$(git rev-parse race); [ $o = " + first.hex() +
                          " ] && v=" + second.hex() + " || v=" + first.hex() +
                          "; git update-ref -m race refs/heads/race $v $o 2>/dev/null && n=$((n+1)); done");
  EXPECT_EQ(git.exit_status, 0);
  for (const pid_t pid : writers) {
    int status = 0;
    ::waitpid(pid, &status, 0);
    EXPECT_EQ(status, 0);
  }
  // Every successful swap wrote one line, and each line begins where the one before ended.
  EXPECT_EQ(lab.out("wc -l <host/.git/logs/refs/heads/race"), std::to_string(5 * rounds + 1));
  EXPECT_EQ(lab.out("cut -d' ' -f1 host/.git/logs/refs/heads/race | tail -n +2"),
            lab.out("cut -d' ' -f2 host/.git/logs/refs/heads/race | head -n -1"));
}

}  // namespace
}  // namespace bailey::git

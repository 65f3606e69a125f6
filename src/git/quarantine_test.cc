#include "git/quarantine.h"

#include <gtest/gtest.h>
#include <sys/stat.h>

#include "git/git_lab.h"
#include "git/refs.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class Quarantine : public ::testing::Test {
 protected:
  Quarantine() { lab.make_host(); }
  QuarantineSpec spec(const std::string& branch = "shell/one") const {
    const auto host = lab.host();
    return {lab.path("quarantine"),
            host.format,
            host.object_stores,
            branch,
            RefStore::open(host)->head()->oid,
            host.shallow};
  }
  GitLab lab;
};

TEST_F(Quarantine, IsARepositoryThatGitReads) {
  ASSERT_TRUE(create_quarantine(spec()));
  EXPECT_EQ(lab.out("git -C quarantine log --format=%s HEAD"), "first");
  EXPECT_EQ(lab.out("git -C quarantine symbolic-ref HEAD"), "refs/heads/shell/one");
  EXPECT_EQ(lab.out("git -C quarantine fsck --strict 2>&1"), "");
  EXPECT_EQ(lab.out("find quarantine -perm /077"), "") << "nobody else may look in";
}

TEST_F(Quarantine, IsMadeWithoutAProcessAndQuickly) {
  const auto what = spec();
  const auto begin = std::chrono::steady_clock::now();
  ASSERT_TRUE(create_quarantine(what));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(20)) << "0.3 ms on a quiet machine";
}

TEST_F(Quarantine, OfAnEmptyRepository) {
  auto empty = spec();
  empty.head = {};
  ASSERT_TRUE(create_quarantine(empty));
  EXPECT_EQ(lab.out("git -C quarantine for-each-ref"), "");
}

TEST(QuarantineFormats, Sha256) {
  GitLab lab;
  lab.make_host("--object-format=sha256");
  lab.make_quarantine("shell/one");
  EXPECT_EQ(lab.out("git -C quarantine rev-parse --show-object-format"), "sha256");
  EXPECT_EQ(lab.out("git -C quarantine log --format=%s"), "first");
}

TEST_F(Quarantine, StoresWithOddNamesAreFound) {
  lab.out("mkdir 'x\"\ny' '#h'; cp -r host/.git/objects 'x\"\ny/objects'; rm -rf host/.git/objects/??");
  auto odd = spec();
  odd.object_stores = {lab.path("x\"\ny/objects"), lab.path("#h")};
  ASSERT_TRUE(create_quarantine(odd));
  EXPECT_EQ(lab.out("git -C quarantine log --format=%s HEAD"), "first");
}

TEST_F(Quarantine, LeavesNothingBehindWhenItFails) {
  auto bad = spec();
  bad.branch = "refs/../x";
  EXPECT_FALSE(create_quarantine(bad));
  bad = spec(std::string(200, 'a') + '/' + std::string(300, 'b'));
  EXPECT_FALSE(create_quarantine(bad));
  bad = spec();
  bad.object_stores = {"relative/objects"};
  EXPECT_FALSE(create_quarantine(bad));
  EXPECT_FALSE(os::exists(lab.path("quarantine")));
  ASSERT_TRUE(create_quarantine(spec()));
  EXPECT_FALSE(create_quarantine(spec())) << "an existing one is not touched";
  EXPECT_EQ(lab.out("git -C quarantine log --format=%s HEAD"), "first");
}

TEST_F(Quarantine, CleaningDropsWhatKilledPushesLeft) {
  ASSERT_TRUE(create_quarantine(spec()));
  lab.out(
      "cd quarantine && mkdir -p objects/tmp_objdir-incoming-abc/pack && touch objects/pack/tmp_pack_x "
      "objects/tmp_objdir-incoming-abc/pack/p "
      "refs/heads/shell/one.lock HEAD.lock packed-refs.lock");
  ASSERT_TRUE(clean_quarantine(lab.path("quarantine")));
  EXPECT_EQ(lab.out("cd quarantine && find . -name '*lock' -o -name 'tmp_*'"), "");
  EXPECT_EQ(lab.out("git -C quarantine log --format=%s HEAD"), "first");
}

TEST_F(Quarantine, ContainedMeansNoCommitIsLost) {
  ASSERT_TRUE(create_quarantine(spec()));
  lab.out(
      "cd host && git checkout -q -b p && echo p >p && git add p && git commit -q -m p && git checkout -q -b q main &&"
      "echo q >q && git add q && git commit -q -m q && git checkout -q -b both p && git merge -q -m both q && git "
      "branch pq p");
  const auto oid = [&](const char* name) { return *Oid::parse(lab.out(std::string("git -C host rev-parse ") + name)); };
  const auto quarantine = *open_quarantine(lab.path("quarantine"));
  const auto contained = [&](const char* tip, std::vector<Oid> others) {
    return *is_contained(lab.runner(), quarantine, oid(tip), others);
  };
  EXPECT_TRUE(contained("p", {oid("both")}));
  EXPECT_TRUE(contained("p", {oid("p")}));
  EXPECT_TRUE(contained("main", {oid("p")}));
  EXPECT_FALSE(contained("p", {oid("q")}));
  EXPECT_FALSE(contained("both", {oid("p"), oid("q")})) << "the merge itself is nowhere else";
  EXPECT_FALSE(contained("p", {}));
  EXPECT_FALSE(contained("p", {*Oid::parse(std::string(40, 'd'))})) << "in doubt nothing is thrown away";
}

}  // namespace
}  // namespace bailey::git

#include "git/discard.h"

#include <gtest/gtest.h>

#include "git/git_lab.h"

namespace bailey::git {
namespace {

class DiscardTest : public ::testing::Test {
 protected:
  DiscardTest() {
    lab.make_host();
    lab.make_quarantine("shell/one");
    lab.out(
        "cd host && git branch other && git checkout -q -b shell/one && for i in 1 2 3; do echo $i >f; git add f; "
        "git commit -q -m c$i; done; git checkout -q main");
  }
  Discardable found() const {
    auto result =
        find_discardable(lab.runner(), {lab.host(), lab.config.quarantine, "shell-host-one", "shell", "shell/one"});
    EXPECT_TRUE(result) << to_lines(result.error());
    return result ? *result : Discardable{};
  }
  UpdateOutcome remove(const Ref& ref) const { return *RefStore::open(lab.host())->remove(ref); }
  GitLab lab;
};

TEST_F(DiscardTest, NamesCommitsThatNoOtherBranchHas) {
  const auto all = found();
  EXPECT_EQ(all.unmerged_count, 3U);
  ASSERT_EQ(all.unmerged.size(), 3U);
  EXPECT_TRUE(all.unmerged[0].ends_with(" c3"));
  ASSERT_EQ(all.refs.size(), 1U);
  lab.out("git -C host branch keep shell/one~1");
  EXPECT_EQ(found().unmerged_count, 1U);
  lab.out("git -C host checkout -q --detach shell/one");
  EXPECT_EQ(found().unmerged_count, 0U);
}

TEST_F(DiscardTest, ABranchThatIsCheckedOutStays) {
  lab.out("git -C host checkout -q shell/one && git -C host update-ref refs/bailey/shell-host-one HEAD");
  const auto all = found();
  EXPECT_TRUE(all.checked_out);
  ASSERT_EQ(all.refs.size(), 1U);
  EXPECT_EQ(all.refs[0].name, "refs/bailey/shell-host-one");
}

TEST_F(DiscardTest, ABranchOfTheUsersStays) {
  const auto result = find_discardable(lab.runner(), {lab.host(), lab.config.quarantine, "s", "shell", "other"});
  ASSERT_TRUE(result);
  EXPECT_TRUE(result->refs.empty());
}

TEST_F(DiscardTest, ARefGoesLooseAndPackedWithItsLog) {
  const auto ref = found().refs.at(0);
  for (const char* pack :
       {"true", "git -C host pack-refs --all", "git -C host tag -a -m t v1; git -C host pack-refs --all"}) {
    lab.out(std::string("git -C host update-ref refs/heads/shell/one ") + ref.oid.hex() + "; " + pack);
    EXPECT_EQ(remove({ref.name, found().refs.at(0).oid}), UpdateOutcome::updated);
    EXPECT_EQ(
        lab.out("git -C host for-each-ref refs/heads/shell; ls host/.git/logs/refs/heads/shell 2>/dev/null || true"),
        "");
    EXPECT_EQ(lab.out("git -C host branch --list main other | wc -l; git -C host fsck --no-dangling 2>&1"), "2");
  }
  EXPECT_EQ(lab.out("git -C host cat-file -t v1; find host/.git -name '*.lock'"), "tag");
  lab.out("git -C host branch shell/one " + ref.oid.hex());
}

TEST_F(DiscardTest, ARefThatMovedMeanwhileStays) {
  EXPECT_EQ(remove({"refs/heads/shell/one", *Oid::parse(lab.out("git -C host rev-parse main"))}),
            UpdateOutcome::changed_meanwhile);
  EXPECT_EQ(found().refs.size(), 1U);
}

}  // namespace
}  // namespace bailey::git

#include "git/refs.h"

#include <gtest/gtest.h>

#include <algorithm>

#include "git/git_lab.h"
#include "os/files.h"

namespace bailey::git {
namespace {

class Refs : public ::testing::Test {
 protected:
  Refs() { lab.make_host(); }
  RefStore refs() const { return *RefStore::open(lab.host()); }
  Oid oid(const std::string& name) const { return *Oid::parse(lab.out("git -C host rev-parse " + name)); }
  GitLab lab;
};

TEST_F(Refs, HeadOnABranchDetachedAndUnborn) {
  EXPECT_EQ(refs().head()->ref, "refs/heads/main");
  EXPECT_EQ(refs().head()->oid, oid("main"));
  lab.out("git -C host checkout -q --detach");
  EXPECT_EQ(refs().head()->ref, "");
  EXPECT_EQ(refs().head()->oid, oid("HEAD"));
  lab.out("git -C host symbolic-ref HEAD refs/heads/new");
  EXPECT_EQ(refs().head()->ref, "refs/heads/new");
  EXPECT_TRUE(refs().head()->oid.is_zero());
}

TEST_F(Refs, LooseWinsOverPackedAndPackedIsRead) {
  lab.out("cd host && git branch packed && git pack-refs --all && echo b >b && git add b && git commit -q -m b");
  EXPECT_EQ(*refs().read("refs/heads/packed"), oid("main~1"));
  EXPECT_EQ(*refs().read("refs/heads/main"), oid("main"));
  EXPECT_TRUE(refs().read("refs/heads/none")->is_zero());
  EXPECT_TRUE(refs().read("refs/heads")->is_zero()) << "a directory is no ref";
}

TEST_F(Refs, ListsWhatGitLists) {
  lab.out(
      "cd host && git tag -a -m t t && git pack-refs --all && git branch x/y && git branch x/z && git update-ref "
      "refs/notes/n HEAD &&"
      "git update-ref refs/remotes/origin/main HEAD && git symbolic-ref refs/remotes/origin/HEAD "
      "refs/remotes/origin/main");
  std::string text;
  const auto all = refs().list("refs/");
  for (const auto& ref : *all) text += ref.oid.hex() + ' ' + ref.name + '\n';
  text.pop_back();
  EXPECT_EQ(text, lab.out("git -C host for-each-ref --format='%(objectname) %(refname)'"));
  const auto below = refs().list("refs/heads/x/");
  EXPECT_EQ(below->size(), 2U);
  const auto some = refs().list("refs/heads/x/y");
  ASSERT_EQ(some->size(), 1U);
  EXPECT_EQ(some->front().name, "refs/heads/x/y");
}

TEST_F(Refs, TenThousandOfThem) {
  lab.out(
      "cd host && oid=$(git rev-parse HEAD) && seq -f \"$oid refs/heads/many/%.0f\" 10000 | sort >.git/packed-refs && "
      "git update-ref refs/heads/many/7 HEAD");
  const auto begin = std::chrono::steady_clock::now();
  EXPECT_EQ(refs().list("refs/heads/")->size(), 10001U);
  EXPECT_EQ(*refs().read("refs/heads/many/9999"), oid("main"));
  EXPECT_LT(std::chrono::steady_clock::now() - begin, std::chrono::milliseconds(1000));
}

TEST_F(Refs, SymbolicRefsThatLeadToEachOtherEnd) {
  lab.out("cd host/.git && echo 'ref: refs/heads/q' >refs/heads/p && echo 'ref: refs/heads/p' >refs/heads/q");
  EXPECT_FALSE(refs().read("refs/heads/p"));
  EXPECT_TRUE(refs().list("refs/heads/")) << "a broken ref does not hide the others";
  EXPECT_EQ(refs().list("refs/heads/")->size(), 1U);
}

TEST_F(Refs, ASymbolicRefCanNotLeadOutOfTheRepository) {
  lab.out(
      "echo secret >secret; echo 'ref: ../../secret' >host/.git/refs/heads/p; echo 'ref: refs/heads/../../../secret' "
      ">host/.git/HEAD");
  EXPECT_FALSE(refs().read("refs/heads/p"));
  EXPECT_FALSE(refs().head());
}

TEST_F(Refs, FilesBehindLinksAreNotRead) {
  lab.out(
      "git -C host rev-parse HEAD >outside; ln -s ../../../../outside host/.git/refs/heads/linked; mkdir out; cp "
      "outside out/x;"
      "ln -s ../../../../out host/.git/refs/heads/dir; cp outside host/.git/refs/heads/plain");
  EXPECT_FALSE(refs().read("refs/heads/linked"));
  EXPECT_FALSE(refs().read("refs/heads/dir/x"));
  EXPECT_FALSE(refs().read("refs/heads/plain")->is_zero()) << "control: the same bytes in a plain file are read";
  EXPECT_EQ(refs().list("refs/heads/")->size(), 2U);
}

TEST_F(Refs, MalformedFilesAreErrorsNotRefs) {
  for (const char* text : {"", "zzz", "0123", "ref:", "ref: ", "ref: a b"}) {
    ASSERT_TRUE(os::write_file(lab.path("host/.git/refs/heads/bad"), text));
    EXPECT_FALSE(refs().read("refs/heads/bad")) << text;
  }
  ASSERT_TRUE(os::write_file(lab.path("host/.git/refs/heads/bad"), std::string(5000, 'a')));
  EXPECT_FALSE(refs().read("refs/heads/bad"));
}

TEST_F(Refs, KnowsWhatWorktreesHaveCheckedOut) {
  lab.out("cd host && git worktree add -q -b side ../side && git worktree add -q --detach ../loose && git branch free");
  std::vector<std::string> names;
  const auto busy = refs().checked_out();
  for (const auto& one : *busy) names.push_back(one.ref);
  std::sort(names.begin(), names.end());
  EXPECT_EQ(names, (std::vector<std::string>{"refs/heads/main", "refs/heads/side"}));
  EXPECT_EQ(refs().worktree_heads()->size(), 3U);
}

TEST_F(Refs, ABranchThatIsBeingRebasedIsBusy) {
  lab.out(
      "cd host && git checkout -q -b topic && echo t >a && git commit -qam t && git checkout -q main && echo m >a && "
      "git commit -qam m");
  const auto result = lab.sh("git -C host rebase main topic");
  ASSERT_NE(result.exit_status, 0) << "control: the rebase stops at a conflict";
  const auto busy = refs().checked_out();
  ASSERT_TRUE(busy);
  EXPECT_TRUE(std::any_of(busy->begin(), busy->end(), [](const auto& one) { return one.ref == "refs/heads/topic"; }));
}

TEST_F(Refs, ABareRepositorysHeadIsNoCheckout) {
  lab.out("git clone -q --bare host bare");
  const auto store = RefStore::open(*open_host_repository(lab.path("bare")));
  EXPECT_TRUE(store->checked_out()->empty());
}

TEST(PackedRefs, ReadsWhatGitWrites) {
  const std::string a(40, 'a');
  const auto refs = parse_packed_refs(
      "# pack-refs with: peeled\n" + a + " refs/heads/z\n" + a + " refs/tags/t\n^" + a + "\n" + a + " refs/heads/b\n",
      ObjectFormat::sha1);
  ASSERT_TRUE(refs);
  ASSERT_EQ(refs->size(), 3U);
  EXPECT_EQ((*refs)[0].name, "refs/heads/b");
}

TEST(PackedRefs, RefusesMalformedLinesAndLeavesOutBadNames) {
  const std::string a(40, 'a');
  for (const std::string& bad :
       {a + " refs/heads/x", std::string("zz\n"), a + "refs/heads/x\n", "^" + a + "x\n", a + "\n"})
    EXPECT_FALSE(parse_packed_refs(bad, ObjectFormat::sha1)) << bad;
  EXPECT_TRUE(parse_packed_refs(a + " refs/heads/../x\n" + a + " ../../etc/passwd\n", ObjectFormat::sha1)->empty());
}

// Found by fuzzing: the line before hid the ref.
TEST_F(Refs, ANameWithASpaceDoesNotHideTheOneItEndsWith) {
  const std::string a(40, 'a');
  ASSERT_TRUE(os::write_file(lab.path("host/.git/packed-refs"), a + " x refs/heads/y\n" + a + " refs/heads/y\n"));
  EXPECT_EQ(refs().read("refs/heads/y")->hex(), a);
  ASSERT_TRUE(os::write_file(lab.path("host/.git/packed-refs"), a.substr(1) + " refs/heads/y\n"));
  EXPECT_FALSE(refs().read("refs/heads/y")) << "a damaged line is not an absent ref";
}

}  // namespace
}  // namespace bailey::git

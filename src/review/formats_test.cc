// What git answers, taken apart: well-formed answers, and every shape that none is.
#include <gtest/gtest.h>

#include "review/batch.h"
#include "review/commit_text.h"
#include "review/raw_diff.h"

namespace bailey::review {
namespace {

using namespace std::string_literals;

const std::string a(40, 'a');
const std::string b(40, 'b');
const std::string c(40, 'c');
const std::string none(40, '0');

TEST(RawDiff, ReadsTreesCommitsMergesAndRenames) {
  const auto two_trees = parse_raw_diff(":100644 100755 " + a + " " + b + " M\0x y\n\0"s + ":100644 100644 " + a + " " +
                                        a + " R100\0old\0new\0"s + ":000000 120000 " + none + " " + c + " A\0l\0"s);
  ASSERT_TRUE(two_trees);
  ASSERT_EQ(two_trees->size(), 1U);
  const auto& changes = two_trees->front().changes;
  ASSERT_EQ(changes.size(), 3U);
  EXPECT_EQ(changes[0].path, "x y\n");
  EXPECT_EQ(changes[0].after.mode, mode_executable);
  EXPECT_EQ(changes[1].old_path, "old");
  EXPECT_EQ(changes[1].path, "new");
  EXPECT_FALSE(changes[2].before.front().is_there());
  EXPECT_TRUE(changes[2].after.is_link());

  const auto commits = parse_raw_diff(a + "\0::100644 100644 100644 "s + a + " " + b + " " + c + " MM\0m\0"s + b +
                                      "\0:100644 000000 "s + a + " " + none + " D\0gone\0"s);
  ASSERT_TRUE(commits);
  ASSERT_EQ(commits->size(), 2U);
  EXPECT_EQ(commits->front().changes.front().before.size(), 2U);
  EXPECT_FALSE(commits->back().changes.front().after.is_there());
  EXPECT_TRUE(parse_raw_diff("")->empty());
}

TEST(RawDiff, RefusesWhatIsNotGits) {
  const std::string good = ":100644 100644 " + a + " " + b + " M\0path\0"s;
  for (std::size_t cut = 1; cut < good.size(); ++cut) EXPECT_FALSE(parse_raw_diff(good.substr(0, cut))) << cut;
  for (const auto& text : {
           "junk\0"s, ":100644 100644 " + a + " M\0path\0"s, ":100648 100644 " + a + " " + b + " M\0path\0"s,
           ":100644 100644 " + a + " " + none + " M\0path\0"s,  // there by its mode, not by its name
           ":000000 100644 " + a + " " + b + " A\0path\0"s, ":100644 100644 " + a + " " + b + " \0path\0"s,
           ":100644 100644 " + a + " " + b + " M\0\0"s, ":100644 100644 " + a + " " + b + " R90\0only-one\0"s,
           "::100644 100644 100644 " + a + " " + a + " " + b + " RM\0x\0y\0"s, std::string(2'000, ':') + "100644\0"s,
           good + a + "\0"s + good,  // a commit after changes without one
       })
    EXPECT_FALSE(parse_raw_diff(text)) << text;
}

TEST(Batch, ReadsHeadersAndContents) {
  const auto check = parse_batch_check(a + " blob 12\n" + b + " missing\n" + c + " commit 0\n");
  ASSERT_TRUE(check);
  ASSERT_EQ(check->size(), 3U);
  EXPECT_EQ((*check)[0].bytes, 12U);
  EXPECT_TRUE((*check)[1].type.empty());
  const auto batch = parse_batch(a + " blob 6\na\nb\n\n\n\n" + b + " missing\n" + c + " blob 0\n\n");
  ASSERT_TRUE(batch);
  ASSERT_EQ(batch->size(), 3U);
  EXPECT_EQ((*batch)[0].content, "a\nb\n\n\n");
  EXPECT_EQ((*batch)[2].content, "");
}

TEST(Batch, RefusesWhatIsNotGits) {
  for (const auto& text :
       {a + "\n", a + " blob\n", a + " blob x\n", a + " blob -1\n", a + " blob 99999999999999999999\n",
        a + " blob 1 \n", a + " blobby 1\n", "x missing\n"s, a + " blob 1"}) {
    EXPECT_FALSE(parse_batch_check(text)) << text;
    EXPECT_FALSE(parse_batch(text)) << text;
  }
  for (const auto& text :
       {a + " blob 5\nabc\n", a + " blob 3\nabcd\n", a + " blob 3\nabc", a + " blob 18446744073709551615\nx\n"})
    EXPECT_FALSE(parse_batch(text)) << text;
}

TEST(CommitText, ReadsWhatGitWrites) {
  const auto commit = parse_commit("tree " + a + "\nparent " + b + "\nparent " + c +
                                   "\nauthor A <a@x> 1764000000 +0100\ncommitter B <b@x> 1764000001 +0000\n"
                                   "gpgsig -----BEGIN\n line\n line\nencoding latin1\n\n\nSubject\n\nbody\n");
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->author.name_and_email, "A <a@x>");
  EXPECT_EQ(commit->author.email, "a@x");
  EXPECT_EQ(commit->committer.time, 1764000001);
  EXPECT_EQ(commit->parents, 2U);
  EXPECT_EQ(commit->subject, "Subject");
  EXPECT_TRUE(commit->other_headers.empty());
}

TEST(CommitText, OddHeadersAreKeptAndOddIdentitiesAreTaken) {
  const auto commit = parse_commit("author >< 99999999999999999999\ncommitter no email at all\nhidden text\n more\n");
  ASSERT_TRUE(commit);
  EXPECT_EQ(commit->author.time, 0);
  EXPECT_EQ(commit->committer.name_and_email, "no email at all");
  ASSERT_EQ(commit->other_headers.size(), 2U);
  EXPECT_EQ(commit->message, "");
  EXPECT_FALSE(parse_commit(""));
  EXPECT_FALSE(parse_commit("tree x\nauthor a <b> 1 +0000\n\nno committer\n"));
}

}  // namespace
}  // namespace bailey::review

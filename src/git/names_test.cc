#include <gtest/gtest.h>

#include "git/oid.h"
#include "git/ref_name.h"

namespace bailey::git {
namespace {

TEST(Oid, TakesExactlyTheDigitsOfItsFormat) {
  const std::string hex = "0123456789abcdef0123456789abcdef01234567";
  EXPECT_EQ(Oid::parse(hex)->hex(), hex);
  EXPECT_TRUE(Oid::parse(std::string(40, '0'))->is_zero());
  EXPECT_EQ(Oid::parse(std::string(40, '0'))->hex(ObjectFormat::sha1), std::string(40, '0'));
  EXPECT_FALSE(Oid::parse(hex + "0"));
  EXPECT_FALSE(Oid::parse(hex.substr(1)));
  EXPECT_FALSE(Oid::parse("0123456789ABCDEF0123456789abcdef01234567"));
  EXPECT_FALSE(Oid::parse(" 123456789abcdef0123456789abcdef01234567"));
  EXPECT_FALSE(Oid::parse(hex, ObjectFormat::sha256));
  EXPECT_TRUE(Oid::parse(std::string(64, 'a'), ObjectFormat::sha256));
}

TEST(RefName, FollowsGitCheckRefFormat) {
  for (const char* good : {"refs/heads/main", "refs/heads/a/b.c", "HEAD", "refs/heads/-x", "refs/heads/caf\xC3\xA9",
                           "refs/heads/@", "refs/heads/a@b", "refs/heads/a{b"})
    EXPECT_TRUE(check_ref_name(good)) << good;
  for (const char* bad :
       {"",   "/",  "a/", "/a", "a//b", "a..b", "../a", "a/../b", ".a",    "a/.b", "a.lock", "a.lock/b", "a b",
        "a~", "a^", "a:", "a?", "a*",   "a[",   "a\\b", "a\x01",  "a\x7F", "a\nb", "@",      "a@{1}",    "a."})
    EXPECT_FALSE(check_ref_name(bad)) << bad;
  EXPECT_FALSE(check_ref_name(std::string_view("a\0b", 3)));
}

TEST(RefName, HasLimits) {
  EXPECT_TRUE(check_ref_name(std::string(ref_component_bytes_max, 'a')));
  EXPECT_FALSE(check_ref_name(std::string(ref_component_bytes_max + 1, 'a')));
  std::string longest = "a";
  while (longest.size() + 2 <= ref_name_bytes_max) longest += "/a";
  EXPECT_TRUE(check_ref_name(longest));
  EXPECT_FALSE(check_ref_name(longest + "/a"));
}

TEST(RefName, BranchesAreStricter) {
  EXPECT_TRUE(check_branch_name("claude/session-1"));
  EXPECT_FALSE(check_branch_name("-f")) << "would be read as an option";
  EXPECT_FALSE(check_branch_name("HEAD"));
  EXPECT_EQ(branch_of("refs/heads/x/y"), "x/y");
  EXPECT_EQ(branch_of("refs/tags/x"), "");
}

}  // namespace
}  // namespace bailey::git

// Paths by which a file system could mean a protected file, and characters that make text look other than it is.
#include <gtest/gtest.h>

#include "review/compiled_rules.h"
#include "review/hidden_text.h"
#include "review/path_name.h"

namespace bailey::review {
namespace {

using namespace std::string_literals;

TEST(Comparable, MeetsEverySpellingThatAFileSystemMayTakeForTheSame) {
  for (const auto& path : {
           ".vscode/tasks.json"s, ".VSCode/Tasks.JSON"s,
           ".vscode /tasks.json."s,       // NTFS drops trailing blanks and dots
           ".vscode/tasks.json::$DATA"s,  // and takes this for the file itself
           ".vscode\\tasks.json"s,        // a separator there
           ".vs\xe2\x80\x8c"
           "code/tasks.json"s,                // HFS+ ignores U+200C
           "\xef\xbc\x8evscode/tasks.json"s,  // U+FF0E, a compatibility form of the dot
           ".v\xc5\xbf"
           "code/tasks.json"s,                 // U+017F folds to s
           "\xef\xbb\xbf.vscode/tasks.json"s,  // U+FEFF
       })
    EXPECT_EQ(comparable(path), ".vscode/tasks.json") << path;
  EXPECT_EQ(comparable("Ma\xcc\x88rz"), comparable("M\xc3\xa4rz"));  // both normal forms
  EXPECT_EQ(comparable("..."), "...");
  EXPECT_EQ(comparable("/a//b/"), "/a//b/");
  EXPECT_NE(comparable("\xff.vscode"), ".vscode");
}

TEST(Globs, MeetDepthsAndDirectoriesAsTheySay) {
  const auto index =
      PathIndex::compile({{"Makefile"}, {".vscode/"}, {"/ci/"}, {".github/workflows/"}, {"*.{yml,yaml}"}, {"a/**/b"}});
  ASSERT_TRUE(index);
  const auto groups = [&](std::string_view path) { return index->matching(comparable(path)); };
  EXPECT_EQ(groups("makefile"), std::vector<int>{0});
  EXPECT_EQ(groups("x/y/MAKEFILE"), std::vector<int>{0});
  EXPECT_EQ(groups("Makefile.txt"), std::vector<int>{});
  EXPECT_EQ(groups("deep/er/.vscode/a/x"), std::vector<int>{1});
  EXPECT_EQ(groups(".vscode"), std::vector<int>{});  // a file of that name; links are matched with a slash behind
  EXPECT_EQ(groups("ci/x"), std::vector<int>{2});
  EXPECT_EQ(groups("src/ci/x"), std::vector<int>{});
  EXPECT_EQ(groups("sub/.github/workflows/x.yml"), (std::vector<int>{3, 4}));
  EXPECT_EQ(groups("a/b"), std::vector<int>{5});
  EXPECT_EQ(groups("a/x/y/b"), std::vector<int>{5});
  EXPECT_EQ(groups("new\nline/.vscode/x"), std::vector<int>{1});
}

TEST(Globs, BadOnesAreRefused) {
  for (const auto& glob : {""s, "/"s, "a\nb"s, "{a"s, std::string(300, 'a'), "\xff"s})
    EXPECT_FALSE(glob_to_regex(glob));
}

std::vector<Trick> tricks(std::string_view text) {
  std::vector<Trick> found;
  for (const auto& place : find_tricks(text, 100)) found.push_back(place.trick);
  return found;
}

TEST(HiddenText, IsFound) {
  using enum Trick;
  EXPECT_EQ(tricks("if (a\xe2\x80\xae) {}"), std::vector{bidi});                   // U+202E
  EXPECT_EQ(tricks("x\xe2\x81\xa6y"), std::vector{bidi});                          // U+2066
  EXPECT_EQ(tricks("ad\xe2\x80\x8bmin"), std::vector{invisible});                  // U+200B
  EXPECT_EQ(tricks("ad\xe2\x80\x8dmin"), std::vector{invisible});                  // a joiner between letters
  EXPECT_EQ(tricks("const \xe3\x85\xa4 = 1"), std::vector{invisible});             // U+3164
  EXPECT_EQ(tricks("hi\xf3\xa0\x81\x81\xf3\xa0\x81\x82"), std::vector{smuggled});  // tags
  EXPECT_EQ(tricks("x\xf3\xa0\x84\x80\xf3\xa0\x84\x81"), std::vector{smuggled});   // variation selectors
  EXPECT_EQ(tricks("a\x1b[2Kb"), std::vector{control});
  EXPECT_EQ(tricks("\xd0\xb0"
                   "dmin = 1"),
            std::vector{mixed_script});  // Cyrillic a
  EXPECT_EQ(tricks("p\xd0\xb0ypal"), std::vector{mixed_script});
}

TEST(HiddenText, OrdinaryLanguagesAreNone) {
  for (const char* text :
       {"\xef\xbb\xbfint main() {}",
        "Gr\xc3\xbc\xc3\x9f"
        "e",
        "\xd0\xbf\xd1\x80\xd0\xb8\xd0\xb2\xd0\xb5\xd1\x82 world",
        "\xf0\x9f\x91\xa9\xe2\x80\x8d\xf0\x9f\x92\xbb emoji with a joiner", "\xe2\x9d\xa4\xef\xb8\x8f heart",
        "\xd9\x85\xdb\x8c\xe2\x80\x8c\xd8\xae\xd9\x88\xd8\xa7\xd9\x87\xd9\x85", "tab\tand\r\n",
        "\xf0\x9f\x8f\xb4\xf3\xa0\x81\xa7\xf3\xa0\x81\xa2\xf3\xa0\x81\xbf", "\xff\xfe not utf-8"})
    EXPECT_TRUE(tricks(text).empty()) << text;
}

TEST(HiddenText, IsSpeltOutWhereItIsShown) {
  EXPECT_EQ(revealed("a\xe2\x80\x8b"
                     "b\x1b[1m\n"),
            "a\\u{200b}b\\x1b[1m\\x0a");
}

}  // namespace
}  // namespace bailey::review

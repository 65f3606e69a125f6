#include "toml/expect.h"

#include <gtest/gtest.h>

#include "toml/nearest.h"
#include "toml/parse.h"

namespace bailey::toml {
namespace {

using namespace std::string_view_literals;

TEST(TomlExpect, WrongKindNamesPlaceExpectationAndWhatIsThere) {
  const auto root = parse("n = 'x'\nd = 2024-01-01\n", "c.toml");
  ASSERT_TRUE(root);
  EXPECT_EQ(to_lines(expect_whole(*root->find("n"), "n").error()),
            "c.toml:1:5: n must be a whole number, not a string");
  EXPECT_EQ(to_lines(expect_string(*root->find("d"), "d").error()),
            "c.toml:2:5: d must be a string, not a date or time");
  EXPECT_FALSE(expect_bool(*root->find("n"), "n"));
  EXPECT_FALSE(expect_number(*root->find("n"), "n"));
  EXPECT_FALSE(expect_array(*root->find("n"), "n"));
  EXPECT_TRUE(expect_string(*root->find("n"), "n"));
}

TEST(TomlExpect, UnknownKeyIsAnsweredWithTheOneThatWasMeant) {
  static constexpr std::string_view known[] = {"memory", "network"};
  const auto root = parse("\n  memroy = 1\n", "c.toml");
  EXPECT_EQ(to_lines(expect_keys(*root, known, "").error()),
            "c.toml:2:3: unknown key 'memroy'\n  did you mean 'memory'?");
  const auto far = parse("x = 1", "c.toml");
  EXPECT_NE(to_lines(expect_keys(*far, known, "limits").error()).find("in [limits]\n  use one of: memory, network"),
            std::string::npos);
}

TEST(TomlExpect, WordsAreChosenFromTheirList) {
  static constexpr std::string_view words[] = {"review", "development"};
  const auto root = parse("a = 'development'\nb = 'reviwe'\nc = 1\n", "c.toml");
  EXPECT_EQ(expect_word(*root->find("a"), words, "profile").value(), 1u);
  EXPECT_NE(to_lines(expect_word(*root->find("b"), words, "profile").error()).find("did you mean 'review'?"),
            std::string::npos);
  EXPECT_FALSE(expect_word(*root->find("c"), words, "profile"));
}

TEST(Nearest, OnlyNearWordsAreSuggested) {
  static constexpr std::string_view known[] = {"cpus", "memory", "open_files"};
  EXPECT_EQ(nearest("cpu", known), "cpus");
  EXPECT_EQ(nearest("cups", known), "cpus");
  EXPECT_EQ(nearest("openfiles", known), "open_files");
  EXPECT_EQ(nearest("gpu_count", known), "");
  EXPECT_EQ(nearest("", known), "");
  EXPECT_EQ(nearest(std::string(100'000, 'm'), known), "");
}

}  // namespace
}  // namespace bailey::toml

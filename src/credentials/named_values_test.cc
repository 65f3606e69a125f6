#include "credentials/named_values.h"

#include <gtest/gtest.h>

namespace bailey::credentials {
namespace {

std::string error_of(std::string_view text) {
  const auto parsed = parse_secrets_file(text, "mcp-secrets.env");
  return parsed ? "no error" : to_lines(parsed.error());
}

TEST(SecretsFile, IsLinesOfNameAndValue) {
  const auto parsed = parse_secrets_file("# mine\n\nA=1\nB_2 = no\nC=\"with space\"\nD='q'\nE=a=b#c\nF=\n", "f");
  EXPECT_FALSE(parsed) << "a name has no space behind it";
  const auto good = parse_secrets_file("# mine\n\nA=1\nC=\"with space\"\nD='q'\nE=a=b#c\nF=\n  \n_g= x \n", "f");
  ASSERT_TRUE(good) << to_lines(good.error());
  const NamedValues expected = {{"A", "1"}, {"C", "with space"}, {"D", "q"}, {"E", "a=b#c"}, {"F", ""}, {"_g", "x"}};
  EXPECT_EQ(*good, expected);
}

TEST(SecretsFile, MistakesNameTheLineAndNeverTheValue) {
  for (const std::string_view text : {"A=1\nhunter2\n", "A=1\n2A=hunter2\n", "A=1\nA=hunter2\n", "A=1\nB=\"hunter2\n",
                                      "A=1\nB='hunter2''\n", "A=1\nB=hunter2\r\n", "A=1\nB=hunter2\x1b[2J\n",
                                      "A=1\n=hunter2\n", "A=1\nexport B=hunter2\n", "A=1\nB=hunter2\xff\n"}) {
    EXPECT_TRUE(error_of(text).starts_with("mcp-secrets.env:2: ")) << error_of(text);
    EXPECT_EQ(error_of(text).find("hunter2"), std::string::npos) << error_of(text);
  }
  EXPECT_NE(error_of(std::string_view("A=1\0B=2\n", 8)), "no error");
}

TEST(SecretsFile, HasLimits) {
  EXPECT_NE(error_of("A=" + std::string(secrets_file_bytes_max, 'x')), "no error");
  std::string many;
  for (std::size_t i = 0; i <= secrets_file_entries_max; ++i) many += "A" + std::to_string(i) + "=x\n";
  EXPECT_NE(error_of(many), "no error");
}

TEST(NamedValue, IsFoundAmongOtherLinesAndInSections) {
  const auto* text =
      "; comment\nregistry=https://r\n//r.example/:_authToken = \"tok\"\nnot a pair\n[default]\nkey = "
      "one\n[other]\nkey=two\nkey=three\n";
  EXPECT_EQ(find_named_value(text, "//r.example/:_authToken"), "tok");
  EXPECT_EQ(find_named_value(text, "registry"), "https://r");
  EXPECT_EQ(find_named_value(text, "default.key"), "one");
  EXPECT_EQ(find_named_value(text, "other.key"), "two");
  EXPECT_EQ(find_named_value(text, "key"), std::nullopt);
  EXPECT_EQ(find_named_value(text, "other."), std::nullopt);
}

}  // namespace
}  // namespace bailey::credentials

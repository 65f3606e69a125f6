#include "review/rules.h"

#include <gtest/gtest.h>

#include "review/compiled_rules.h"

namespace bailey::review {
namespace {

constexpr const char* rule = "[[path]]\nid = \"x\"\nseverity = \"high\"\nwhy = \"because\"\npaths = [\"deploy.sh\"]\n";

Result<RuleSet> with(RuleLayer layer, std::string text) {
  return RuleSet::compile({{layer, "rules.toml", std::move(text)}});
}

std::string why_not(RuleLayer layer, std::string text) {
  const auto result = with(layer, std::move(text));
  return result ? "" : to_lines(result.error());
}

TEST(Rules, BuiltInOnesCompile) {
  const auto rules = RuleSet::compile({});
  ASSERT_TRUE(rules) << to_lines(rules.error());
  EXPECT_GT(rules->compiled().paths.size(), 10U);
  EXPECT_GT(rules->compiled().texts.size(), 20U);
  for (const auto& text : rules->compiled().texts)
    for (const auto* list : {&text.any, &text.all, &text.excuse})
      for (const auto& pattern : *list) EXPECT_TRUE(check_pattern(pattern)) << text.id << ' ' << pattern;
}

TEST(Rules, OfALayerAreNamedAfterItAndCannotTakeABuiltInsPlace) {
  const auto rules =
      with(RuleLayer::project, "[[path]]\nid = \"ci\"\nseverity = \"notice\"\nwhy = \"w\"\npaths = [\"x\"]\n");
  ASSERT_TRUE(rules) << to_lines(rules.error());
  EXPECT_EQ(rules->compiled().paths.back().id, "project/ci");
  EXPECT_EQ(rules->compiled().paths.front().id, "ci");
  EXPECT_EQ(rules->compiled().paths.front().severity, Severity::high);
}

TEST(Rules, AProjectCanOnlyAdd) {
  EXPECT_EQ(why_not(RuleLayer::project, rule), "");
  EXPECT_NE(why_not(RuleLayer::project, "off = [\"ci\"]\n").find("only add"), std::string::npos);
  EXPECT_NE(why_not(RuleLayer::project, "[[except]]\nrule = \"ci\"\npaths = [\"*\"]\n").find("only add"),
            std::string::npos);
  EXPECT_NE(why_not(RuleLayer::project, "[[check]]\nid = \"binary\"\nseverity = \"notice\"\nwhy = \"w\"\n"), "");
  EXPECT_NE(why_not(RuleLayer::project, "[lists]\nregistries = [\"evil.example\"]\n"), "");
}

TEST(Rules, OfTheAdministratorStay) {
  EXPECT_EQ(why_not(RuleLayer::user, "off = [\"ci\"]\n[[except]]\nrule = \"git\"\npaths = [\"testdata/\"]\n"), "");
  EXPECT_NE(why_not(RuleLayer::user, "off = [\"administrator/x\"]\n"), "");
  EXPECT_NE(why_not(RuleLayer::user, "[[except]]\nrule = \"administrator/x\"\npaths = [\"*\"]\n"), "");
}

TEST(Rules, MistakesAreNamedWithTheirPlace) {
  EXPECT_NE(why_not(RuleLayer::user, "[[path]]\nid = \"x\"\n").find("rules.toml:1"), std::string::npos);
  EXPECT_NE(
      why_not(RuleLayer::user, "[[text]]\nid=\"x\"\nseverity=\"high\"\nwhy=\"w\"\nany=['(']\n").find("rules.toml:5"),
      std::string::npos);
  EXPECT_NE(why_not(RuleLayer::user, "[[text]]\nid=\"x\"\nseverity=\"high\"\nwhy=\"w\"\nany=['a*']\n").find("empty"),
            std::string::npos);
  EXPECT_NE(why_not(RuleLayer::user, "[[path]]\nid=\"x\"\nseverity=\"hihg\"\nwhy=\"w\"\npaths=['a']\n").find("high"),
            std::string::npos);
  EXPECT_NE(why_not(RuleLayer::user, "[[path]]\nid=\"../x\"\nseverity=\"high\"\nwhy=\"w\"\npaths=['a']\n"), "");
  EXPECT_NE(why_not(RuleLayer::user, std::string(rule) + rule).find("twice"), std::string::npos);
  EXPECT_NE(why_not(RuleLayer::user, "off = [\"no-such-rule\"]\n").find("no-such-rule"), std::string::npos);
  EXPECT_NE(why_not(RuleLayer::user, std::string(rule_text_bytes_max + 1, '#')), "");
}

TEST(Rules, TooManyAreRefused) {
  std::string text;
  for (std::size_t i = 0; i <= rules_max; ++i)
    text += "[[path]]\nid='r" + std::to_string(i) + "'\nseverity='high'\nwhy='w'\npaths=['a']\n";
  EXPECT_NE(why_not(RuleLayer::user, text), "");
}

}  // namespace
}  // namespace bailey::review

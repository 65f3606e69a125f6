#include "policy/landing_decision.h"

#include <gtest/gtest.h>

#include "policy/path_pattern.h"

namespace bailey::policy {
namespace {

TEST(PathPattern, NamesComponentsDirectoriesAndPaths) {
  EXPECT_TRUE(matches_path("Makefile", "a/b/Makefile"));
  EXPECT_TRUE(matches_path("makefile", "MAKEFILE"));
  EXPECT_TRUE(matches_path(".github/", ".github/workflows/ci.yml"));
  EXPECT_TRUE(matches_path("infra/**", "infra/x"));
  EXPECT_TRUE(matches_path("/infra/*.tf", "infra/x.tf"));
  EXPECT_TRUE(matches_path("a/**/z", "a/z"));
  EXPECT_TRUE(matches_path("a/**/z", "a/b/c/z/below"));
  EXPECT_TRUE(matches_path("*.pem", "x/y.pem"));
  EXPECT_TRUE(matches_path("/a", "a/b"));
  EXPECT_FALSE(matches_path("/a", "b/a"));
  EXPECT_FALSE(matches_path("infra/*.tf", "infra/x/y.tf"));
  EXPECT_FALSE(matches_path("infra/x", "other/infra/x"));
  EXPECT_FALSE(matches_path("Make", "Makefile"));
}

TEST(PathPattern, NoPatternTakesForever) {
  const std::string pattern(500, '*');
  EXPECT_FALSE(matches_path(pattern + "b", std::string(4000, 'a')));
  std::string deep;
  for (int i = 0; i < 1000; ++i) deep += "a/";
  EXPECT_FALSE(matches_path("**/**/**/**/**/**/**/**/**/x", deep + "y"));
}

TEST(PathPattern, RefusesWhatCanNameNothing) {
  for (const char* text : {"", "/", "../x", "a/../b", "./a", "a\nb"}) EXPECT_FALSE(check_path_pattern(text)) << text;
  EXPECT_FALSE(check_path_pattern(std::string(600, 'a')));
  EXPECT_TRUE(check_path_pattern("deploy/**/*.yml"));
}

LandingState state_of(const LandingFinding& finding, const LandingRules& rules, const LandingWords& words) {
  return decide_landing({finding}, {finding.path}, rules, words).front().state;
}

const LandingFinding hook{.rule_id = "git-hook", .path = ".husky/pre-commit"};

TEST(LandingDecision, NothingIsAcceptedByItself) {
  EXPECT_EQ(state_of(hook, {}, {}), LandingState::open);
  EXPECT_EQ(state_of(hook, {}, {.accepted_paths = {".husky"}}), LandingState::open);
  EXPECT_EQ(state_of(hook, {}, {.accepted_rules = {"git"}}), LandingState::open);
  EXPECT_EQ(state_of(hook, {.accepted = {"*"}}, {}), LandingState::open);
  EXPECT_EQ(state_of(hook, {.accepted = {"git-hook:other/**"}}, {}), LandingState::open);
  EXPECT_EQ(state_of(hook, {}, {.confirmed_paths = {hook.path}}), LandingState::open);
}

TEST(LandingDecision, ByPathByRuleOrByConfiguration) {
  EXPECT_EQ(state_of(hook, {}, {.accepted_paths = {hook.path}}), LandingState::accepted);
  EXPECT_EQ(state_of(hook, {}, {.accepted_rules = {"git-hook"}}), LandingState::accepted);
  EXPECT_EQ(state_of(hook, {.accepted = {"git-hook"}}, {}), LandingState::accepted);
  EXPECT_EQ(state_of(hook, {.accepted = {"git-hook:.husky/"}}, {}), LandingState::accepted);
  EXPECT_EQ(state_of(hook, {.accepted = {"*:.husky/"}}, {}), LandingState::accepted);
}

TEST(LandingDecision, AProtectedPathNeedsAConfirmationOfItsOwn) {
  const LandingRules rules{.protected_paths = {".husky/"}, .accepted = {"git-hook"}};
  EXPECT_EQ(state_of(hook, rules, {}), LandingState::unconfirmed);
  EXPECT_EQ(state_of(hook, rules, {.accepted_paths = {hook.path}, .accepted_rules = {"git-hook"}}),
            LandingState::unconfirmed);
  EXPECT_EQ(state_of(hook, rules, {.confirmed_paths = {".husky/"}}), LandingState::unconfirmed);
  EXPECT_EQ(state_of(hook, rules, {.confirmed_paths = {hook.path}}), LandingState::accepted);
}

TEST(LandingDecision, AProtectedPathWithoutAFindingIsHeldToo) {
  const LandingRules rules{.protected_paths = {"infra/**"}, .accepted = {}};
  const auto items = decide_landing({hook}, {"src/a", "infra/x", hook.path}, rules, {.accepted_paths = {hook.path}});
  ASSERT_EQ(items.size(), 2U);
  EXPECT_EQ(items[1].finding.path, "infra/x");
  EXPECT_EQ(items[1].state, LandingState::unconfirmed);
  EXPECT_FALSE(all_decided(items));
  EXPECT_TRUE(all_decided(decide_landing({}, {"infra/x"}, rules, {.confirmed_paths = {"infra/x"}})));
}

}  // namespace
}  // namespace bailey::policy

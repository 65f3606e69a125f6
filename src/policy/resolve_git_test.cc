// Rules about git, layer by layer. What they decide is tested in git/remote_values_test.cc.
#include "policy/resolve_git.h"

#include <gtest/gtest.h>

#include "policy/resolve_fixture.h"

namespace bailey::policy {
namespace {

std::string ids(const SessionPlan& plan) {
  std::string text;
  for (const auto& [rule, origin] : plan.git_rules) text += (text.empty() ? "" : " ") + rule.id;
  return text;
}

std::string rule(const std::string& id, const std::string& action, const std::string& match = "op = 'push'") {
  return "[[rule]]\nid = '" + id + "'\nkind = 'git'\naction = '" + action + "'\nmatch = { " + match + " }\n";
}

TEST(GitRules, AllOfARuleArrivesInThePlan) {
  const auto plan = plan_of(inputs_of(
      "",
      rule("r", "log",
           "op = ['push', 'force', 'delete', 'fetch'], remote = 'origin', ref = ['claude/*', 'refs/tags/**']") +
          "tier = 2\nreason = 'why'\n",
      ""));
  ASSERT_EQ(ids(plan), "r");
  const auto& [got, origin] = plan.git_rules.front();
  EXPECT_EQ(got.ops, (std::vector<GitOp>{GitOp::push, GitOp::force, GitOp::remove, GitOp::fetch}));
  EXPECT_EQ(got.remotes, std::vector<std::string>{"origin"});
  EXPECT_EQ(got.refs, (std::vector<std::string>{"refs/heads/claude/*", "refs/tags/**"}));
  EXPECT_EQ(got.action, GitAction::log);
  EXPECT_EQ(got.reason, "why");
  EXPECT_EQ(got.tier, 2);
  EXPECT_EQ(to_string(origin), "user (/home/u/.config/bailey/config.toml:1:1)");
}

TEST(GitRules, TheAdministratorComesFirstAndAnUntrustedProjectOnlyTightens) {
  const auto inputs = [](Trust trust) {
    return inputs_of(rule("admin", "block"), rule("user", "allow"), rule("loose", "allow") + rule("tight", "prompt"),
                     trust);
  };
  EXPECT_EQ(ids(plan_of(inputs(Trust::untrusted))), "admin tight user");
  EXPECT_NE(all_notes(plan_of(inputs(Trust::untrusted))).find("loose"), std::string::npos) << "and says so";
  EXPECT_EQ(ids(plan_of(inputs(Trust::trusted))), "admin tight user loose") << "control";
}

TEST(GitRules, StandBesideThoseOfTheNetworkAndMistakesAreErrors) {
  const auto plan = plan_of(inputs_of(
      "", rule("g", "allow") + "[[rule]]\nid = 'n'\nkind = 'network'\naction = 'allow'\nmatch = { host = 'a.com' }\n",
      ""));
  EXPECT_EQ(ids(plan), "g");
  EXPECT_EQ(plan.network_rules.front().value.id, "n");
  for (const auto& bad : {rule("x", "alow"), rule("x", "allow", "op = 'pull'"), rule("x", "allow", "op = []"),
                          rule("x", "allow", "host = 'a.com'"), rule("", "allow"),
                          rule("x", "allow") + "inspect = true\n", rule("x", "allow", "ref = \"a\\n\"")})
    EXPECT_NE(error_of(inputs_of("", bad, "")), "no error") << bad;
}

}  // namespace
}  // namespace bailey::policy

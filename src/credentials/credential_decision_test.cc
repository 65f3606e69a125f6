#include "credentials/credential_decision.h"

#include <gtest/gtest.h>

namespace bailey::credentials {
namespace {

using policy::CredentialAction;
using policy::CredentialOp;
using policy::CredentialRule;

const std::vector<std::string> one_key = {"SHA256:abc", "me@laptop"};

CredentialRule rule(std::string id, CredentialAction action, std::vector<CredentialOp> ops = {},
                    std::vector<std::string> names = {}, std::vector<std::string> hosts = {}) {
  return {std::move(id), std::move(ops), std::move(names), std::move(hosts), action, {}, 0};
}

TEST(CredentialDecision, WithoutARuleTheDefaultOfTheOperationHolds) {
  EXPECT_TRUE(decide({}, {.op = CredentialOp::get, .host = "h"}).is_blocked());
  EXPECT_TRUE(decide({}, {.op = CredentialOp::ssh, .host = "h"}).is_blocked());
  EXPECT_EQ(decide({}, {.op = CredentialOp::sign}).action, CredentialAction::log);
}

TEST(CredentialDecision, TheFirstMatchWins) {
  const std::vector<CredentialRule> rules = {
      rule("no", CredentialAction::block, {CredentialOp::ssh}, {"SHA256:abc"}, {"secret.example.org"}),
      rule("yes", CredentialAction::prompt, {CredentialOp::ssh}, {"*@laptop"}, {"*.example.org"}),
      rule("late", CredentialAction::allow)};
  CredentialUse use{.op = CredentialOp::ssh, .names = one_key, .host = "secret.example.org", .port = 22};
  EXPECT_EQ(decide(rules, use).rule, "no");
  use.host = "git.example.org";
  EXPECT_EQ(decide(rules, use).rule, "yes");
  use.host = "example.org";
  EXPECT_EQ(decide(rules, use).rule, "yes") << "the star names the domain itself as well";
  use.host = "notexample.org";
  EXPECT_EQ(decide(rules, use).rule, "late");
}

TEST(CredentialDecision, ARuleAboutAHostSaysNothingAboutNone) {
  const std::vector<CredentialRule> rules = {rule("host", CredentialAction::allow, {}, {}, {"example.org"})};
  EXPECT_TRUE(decide(rules, {.op = CredentialOp::ssh, .names = one_key}).is_blocked());
}

TEST(CredentialDecision, APortInTheRuleIsCompared) {
  const std::vector<CredentialRule> rules = {rule("port", CredentialAction::allow, {}, {}, {"example.org:8443"})};
  EXPECT_FALSE(decide(rules, {.op = CredentialOp::get, .host = "example.org", .port = 8443}).is_blocked());
  EXPECT_TRUE(decide(rules, {.op = CredentialOp::get, .host = "example.org", .port = 443}).is_blocked());
  EXPECT_TRUE(host_matches("example.org", "example.org", 8443)) << "none named: any";
}

TEST(CredentialDecision, OnlyWhatSomeHostMayGetIsOffered) {
  const auto allow = rule("a", CredentialAction::allow, {CredentialOp::ssh}, {"SHA256:abc"}, {"example.org"});
  EXPECT_FALSE(may_be_used({}, CredentialOp::ssh));
  EXPECT_TRUE(may_be_used({}, CredentialOp::sign));
  EXPECT_TRUE(may_be_used(std::vector{allow}, CredentialOp::ssh));
  EXPECT_TRUE(may_be_used(std::vector{allow}, CredentialOp::ssh, one_key));
  EXPECT_FALSE(may_be_used(std::vector{allow}, CredentialOp::get));
  const std::vector<std::string> other = {"SHA256:other", ""};
  EXPECT_FALSE(may_be_used(std::vector{allow}, CredentialOp::ssh, other));
  const std::vector<CredentialRule> blocked_first = {rule("b", CredentialAction::block, {CredentialOp::ssh}), allow};
  EXPECT_FALSE(may_be_used(blocked_first, CredentialOp::ssh, one_key));
  const std::vector<CredentialRule> one_host = {rule("b", CredentialAction::block, {}, {}, {"bad.example.org"}), allow};
  EXPECT_TRUE(may_be_used(one_host, CredentialOp::ssh, one_key));
  EXPECT_FALSE(may_be_used(std::vector{rule("b", CredentialAction::block, {CredentialOp::sign})}, CredentialOp::sign));
}

}  // namespace
}  // namespace bailey::credentials

#include "credentials/vault.h"

#include <gtest/gtest.h>

#include <chrono>

#include "credentials/placeholder.h"
#include "credentials/test_support.h"
#include "credentials/use_rules.h"

namespace bailey::credentials {
namespace {

const std::string seed(placeholder_seed_bytes, 's');

policy::SecretRule rule(const std::string& id, const std::string& source, const std::string& variable = {},
                        policy::SecretForm form = policy::SecretForm::bearer) {
  return {.id = id,
          .source = source,
          .hosts = {"api.example.com"},
          .methods = {},
          .paths = {},
          .uses = {{form, {}}},
          .variable = variable};
}

std::string states(const Vault& vault) {
  std::string text;
  for (const auto& report : vault.reports())
    text += report.id + '=' + std::string(source_state_words[static_cast<std::size_t>(report.state)]) + ' ';
  return text;
}

TEST(Vault, KeepsWhatIsThereAndReportsTheRest) {
  const Home home;
  const std::vector<policy::SecretRule> rules = {rule("a", "env:A_TOKEN", "TOKEN"), rule("b", "env:B_TOKEN", "TOKEN"),
                                                 rule("none", "env:NONE", "NONE"), rule("short", "env:SHORT", "SHORT"),
                                                 rule("lines", "env:LINES_", "LINES_")};
  Vault vault(seed);
  vault.gather(rules, {},
               home.context({{"A_TOKEN", "aaaa1111bbbb2222"},
                             {"B_TOKEN", "cccc1111bbbb2222"},
                             {"SHORT", "abc"},
                             {"LINES_", "aaaa1111\r\nX: bbbb2222"}}));
  EXPECT_EQ(states(vault), "a=present b=present none=absent short=refused lines=refused ");
  ASSERT_EQ(vault.keep().secrets.size(), 2U);
  const auto& kept = vault.keep().secrets.front();
  EXPECT_EQ(kept.value.view(), "aaaa1111bbbb2222");
  EXPECT_NE(kept.placeholder, kept.value.view());
  EXPECT_EQ(kept.hosts, rules[0].hosts);
  const std::vector<std::pair<std::string, std::string>> variables = {{"TOKEN", kept.placeholder}};
  EXPECT_EQ(vault.variables(), variables) << "the first that is there has the variable; nothing stands for what is not";
  for (const auto& report : vault.reports()) {
    EXPECT_EQ((report.why + report.remedy).find("bbbb2222"), std::string::npos);
    EXPECT_TRUE(report.state != SourceState::refused || !report.remedy.empty()) << report.id;
  }
}

TEST(Vault, ARefreshedValueKeepsItsPlaceholder) {
  Vault vault(seed);
  ASSERT_TRUE(vault.put(rule("a", "", "TOKEN"), SecretText("aaaa1111bbbb2222")));
  const auto before = vault.find("a")->placeholder;
  ASSERT_TRUE(vault.put(rule("a", "", "TOKEN"), SecretText("dddd1111bbbb2222eeee")));
  EXPECT_EQ(vault.find("a")->placeholder, before);
  EXPECT_EQ(vault.find("a")->value.view(), "dddd1111bbbb2222eeee");
  EXPECT_EQ(vault.variables().size(), 1U);
  EXPECT_EQ(vault.find("b"), nullptr);
}

TEST(Vault, WhatTheGatewayWouldNotTakeIsRefusedHere) {
  Vault vault(seed);
  auto in_body = rule("body", "", "", policy::SecretForm::json);
  in_body.uses.front().name = "/key";
  ASSERT_TRUE(vault.put(in_body, SecretText("aaaa1111bbbb2222")));
  ASSERT_TRUE(vault.put(rule("a", ""), SecretText("aaaa1111bbbb2222")));
  EXPECT_FALSE(vault.put(in_body, SecretText("aaaa1111bbbb2222longer")));
  EXPECT_FALSE(vault.put(rule("a", ""), SecretText("short")));
  EXPECT_FALSE(vault.put(rule("a", ""), SecretText(vault.find("a")->placeholder)));
  EXPECT_TRUE(vault.put(rule("a", ""), SecretText("aaaa1111bbbb2222longer")));
  EXPECT_TRUE(decode_keep(encode(vault.keep())));
}

TEST(Vault, TheSameSeedMakesTheSamePlaceholders) {
  const auto placeholder = [](const std::string& from) {
    Vault vault(from);
    EXPECT_TRUE(vault.put(rule("a", ""), SecretText("aaaa1111bbbb2222")));
    return vault.find("a")->placeholder;
  };
  EXPECT_EQ(placeholder(seed), placeholder(seed));
  EXPECT_NE(placeholder(seed), placeholder(std::string(placeholder_seed_bytes, 't')));
}

TEST(Vault, ProgramsAreAskedSideBySide) {
  const Home home;
  // Each waits until the other has started: one after the other they would run into the limit.
  for (const auto& [name, other] : {std::pair("one", "two"), std::pair("two", "one")})
    home.program(name, std::string("touch ") + home.at(name) + "; while [ ! -e " + home.at(other) +
                           " ]; do sleep 0.01; done; echo secret-of-" + name + "\n");
  const std::vector<policy::SecretRule> rules = {rule("one", "command:one"), rule("two", "command:two")};
  Vault vault(seed);
  vault.gather(rules, {}, home.context());
  EXPECT_EQ(states(vault), "one=present two=present ");
  EXPECT_EQ(vault.find("two")->value.view(), "secret-of-two");
}

TEST(Vault, AProgramDoesNotSeeOtherSecrets) {
  const Home home;
  home.program("show", "echo \"saw:$A_TOKEN:end-of-it\"\n");
  Vault vault(seed);
  vault.gather(std::vector{rule("a", "env:A_TOKEN"), rule("b", "command:show")}, {},
               home.context({{"A_TOKEN", "aaaa1111bbbb2222"}}));
  EXPECT_EQ(vault.find("b")->value.view(), "saw::end-of-it");
}

TEST(Vault, AKeyOfAwsIsBothOfItsParts) {
  const Home home;
  const auto context = home.context({{"AWS_ACCESS_KEY_ID", "AKIAIOSFODNN7EXAMPLE"},
                                     {"AWS_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
                                     {"BOTH", "AKIAIOSFODNN7EXAMPLE:wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"},
                                     {"OTHER_SECRET_ACCESS_KEY", "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"}});
  const auto aws = policy::SecretForm::aws;
  Vault vault(seed);
  vault.gather(
      std::vector{rule("split", "env:AWS_SECRET_ACCESS_KEY", "AWS", aws), rule("both", "env:BOTH", "", aws),
                  rule("half", "env:OTHER_SECRET_ACCESS_KEY", "", aws), rule("id", "env:AWS_ACCESS_KEY_ID", "", aws)},
      {}, context);
  EXPECT_EQ(states(vault), "split=present both=present half=refused id=refused ");
  EXPECT_EQ(vault.find("split")->value.view(), vault.find("both")->value.view());
  ASSERT_EQ(vault.variables().size(), 2U);
  EXPECT_EQ(vault.variables()[0].first, "AWS_ACCESS_KEY_ID");
  EXPECT_EQ(vault.variables()[1].first, "AWS_SECRET_ACCESS_KEY");
  EXPECT_EQ(vault.variables()[0].second + ':' + vault.variables()[1].second, vault.find("split")->placeholder);
  EXPECT_TRUE(vault.variables()[0].second.starts_with("AKIA"));
}

TEST(Vault, CanariesGoNowhere) {
  Vault vault(seed);
  ASSERT_TRUE(vault.put(rule("a", ""), SecretText("aaaa1111bbbb2222")));
  const auto canary = vault.canary(".x/settings.json", "cccc1111bbbb2222");
  EXPECT_FALSE(canary.empty());
  EXPECT_EQ(vault.canary("y", "cccc1111bbbb2222"), canary) << "the same value, the same canary";
  EXPECT_EQ(vault.canary("y", "aaaa1111bbbb2222"), vault.find("a")->placeholder);
  EXPECT_EQ(vault.canary("y", "short"), "");
  EXPECT_TRUE(vault.keep().secrets.back().hosts.empty());
  EXPECT_EQ(vault.keep().secrets.back().id, "x-settings-json-1");
  EXPECT_TRUE(decode_keep(encode(vault.keep()))) << "the gateway takes them";
  for (std::size_t i = 0; i < canaries_max; ++i)
    (void)vault.canary("c" + std::to_string(i), "value-number-" + std::to_string(i) + "-x1y2");
  EXPECT_EQ(vault.keep().secrets.size(), canaries_max + 1);
}

policy::CredentialRule credential_rule(policy::CredentialAction action, std::vector<std::string> names,
                                       std::vector<std::string> hosts) {
  return {.id = "r",
          .ops = {policy::CredentialOp::use},
          .names = std::move(names),
          .hosts = std::move(hosts),
          .action = action,
          .reason = {}};
}

TEST(UseRules, TheFirstThatMatchesDecidesForEachHost) {
  using policy::CredentialAction;
  auto secret = rule("npm-read", "env:X");
  secret.hosts = {"registry.npmjs.org", "*.example.com"};
  const auto hosts = [&](const std::vector<policy::CredentialRule>& rules) {
    std::string text;
    for (const auto& host : allowed_use(secret, rules).hosts) text += host + ' ';
    return text;
  };
  EXPECT_EQ(hosts({}), "registry.npmjs.org *.example.com ");
  EXPECT_EQ(hosts({credential_rule(CredentialAction::block, {}, {})}), "");
  EXPECT_EQ(hosts({credential_rule(CredentialAction::prompt, {"npm-*"}, {})}), "") << "nobody can be asked";
  EXPECT_EQ(hosts({credential_rule(CredentialAction::block, {"other"}, {})}), "registry.npmjs.org *.example.com ");
  EXPECT_EQ(hosts({credential_rule(CredentialAction::block, {}, {"a.example.com"})}), "registry.npmjs.org ")
      << "a pattern can't say: all but one";
  EXPECT_EQ(hosts({credential_rule(CredentialAction::log, {}, {"*.npmjs.org"}),
                   credential_rule(CredentialAction::block, {}, {})}),
            "registry.npmjs.org ");
  EXPECT_EQ(hosts({credential_rule(CredentialAction::allow, {}, {"a.example.com"}),
                   credential_rule(CredentialAction::block, {}, {})}),
            "")
      << "permission for a part is none for the whole";
  auto other = credential_rule(CredentialAction::block, {}, {});
  other.ops = {policy::CredentialOp::ssh};
  EXPECT_EQ(hosts({other}), "registry.npmjs.org *.example.com ");
}

TEST(Vault, WhatARuleBlocksIsNotEvenRead) {
  const Home home;
  home.program("show", "touch " + home.at("asked") + "; echo aaaa1111bbbb2222\n");
  Vault vault(seed);
  vault.gather(std::vector{rule("a", "command:show")},
               std::vector{credential_rule(policy::CredentialAction::block, {"a"}, {})}, home.context());
  EXPECT_EQ(states(vault), "a=refused ");
  EXPECT_FALSE(os::exists(home.at("asked")));
}

}  // namespace
}  // namespace bailey::credentials

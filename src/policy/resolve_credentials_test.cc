// Secrets, tokens and rules about credentials, layer by layer.
#include "policy/resolve_credentials.h"

#include <gtest/gtest.h>

#include "json/write.h"
#include "policy/render.h"
#include "policy/resolve_fixture.h"

namespace bailey::policy {
namespace {

std::string secret(const std::string& id, const std::string& source = "env:A", const std::string& host = "a.com") {
  return "[[secret]]\nid = '" + id + "'\nsource = '" + source + "'\nhosts = '" + host + "'\nuse = 'bearer'\n";
}
std::string token(const std::string& id) {
  return "[[token]]\nid = '" + id + "'\nprovider = 'command'\nmint = ['x']\nhosts = 'a.com'\nuse = 'bearer'\n";
}
std::string rule(const std::string& id, const std::string& action) {
  return "[[rule]]\nid = '" + id + "'\nkind = 'credential'\naction = '" + action + "'\nmatch = { op = 'use' }\n";
}

// "id source layer"
std::string secrets_of(const SessionPlan& plan) {
  std::string text;
  for (const auto& [rule, origin] : plan.secrets)
    text += rule.id + ' ' + rule.source + ' ' + std::string(to_string(origin.layer)) + '\n';
  return text;
}
std::string rule_ids(const SessionPlan& plan) {
  std::string text;
  for (const auto& [rule, origin] : plan.credential_rules) text += rule.id + ' ';
  return text;
}

TEST(ResolveCredentials, AProjectAddsNoSecretTrustedOrNot) {
  for (const Trust trust : {Trust::untrusted, Trust::trusted}) {
    const auto plan = plan_of(inputs_of("", "", secret("theirs", "env:AWS_KEY", "evil.com") + token("minted"), trust));
    EXPECT_TRUE(plan.secrets.empty());
    EXPECT_TRUE(plan.tokens.empty());
    EXPECT_NE(all_notes(plan).find("theirs"), std::string::npos) << "and says so";
    EXPECT_NE(all_notes(plan).find("minted"), std::string::npos);
  }
  const auto control = plan_of(inputs_of("", secret("mine") + token("minted"), ""));
  EXPECT_EQ(secrets_of(control), "mine env:A user\n");
  EXPECT_EQ(control.tokens.size(), 1U);
}

TEST(ResolveCredentials, AProjectCannotTakeOverASecretOfTheUsers) {
  const auto plan = plan_of(
      inputs_of("", secret("mine", "env:MINE", "a.com"), secret("mine", "env:MINE", "evil.com"), Trust::trusted));
  EXPECT_EQ(secrets_of(plan), "mine env:MINE user\n");
  EXPECT_EQ(plan.secrets.front().value.hosts, std::vector<std::string>{"a.com"});
}

TEST(ResolveCredentials, TheUserReplacesTheManifestsAndTheAdministratorBoth) {
  auto inputs = inputs_of("", "", "");
  inputs.agent = load_manifest("claude", "/nonexistent").value();
  inputs.command = {"true"};
  const auto manifests = plan_of(inputs);
  ASSERT_FALSE(manifests.secrets.empty());
  const std::string id = manifests.secrets.front().value.id;
  EXPECT_EQ(manifests.secrets.front().origin.layer, Layer::builtin);
  inputs.files.user = {"/home/u/.config/bailey/config.toml", secret(id, "env:USERS")};
  const auto users = plan_of(inputs);
  EXPECT_EQ(users.secrets.size(), manifests.secrets.size());
  EXPECT_TRUE(secrets_of(users).starts_with(id + " env:USERS user\n")) << secrets_of(users);
  inputs.files.administrator.push_back({"/etc/bailey/policy.d/a.toml", secret(id, "env:ADMINS")});
  EXPECT_TRUE(secrets_of(plan_of(inputs)).starts_with(id + " env:ADMINS administrator\n"));
}

TEST(ResolveCredentials, RulesOfTheAdministratorComeFirstAndAProjectOnlyTightens) {
  for (const Trust trust : {Trust::untrusted, Trust::trusted}) {
    const auto plan = plan_of(inputs_of(rule("admin", "block"), rule("user", "allow"),
                                        rule("loose", "allow") + rule("logs", "log") + rule("tight", "block"), trust));
    EXPECT_EQ(rule_ids(plan), "admin tight user ");
    EXPECT_NE(all_notes(plan).find("loose"), std::string::npos);
    EXPECT_NE(all_notes(plan).find("logs"), std::string::npos);
  }
}

TEST(ResolveCredentials, OneIdIsOneSecretOrToken) {
  EXPECT_NE(error_of(inputs_of("", secret("x") + token("x"), "")).find("another id"), std::string::npos);
  const auto twice = plan_of(inputs_of("", secret("x", "env:ONE") + secret("x", "env:TWO"), ""));
  EXPECT_EQ(secrets_of(twice), "x env:TWO user\n") << "the later one counts";
}

TEST(ResolveCredentials, ThePlanShowsThemAllWithTheirOrigin) {
  const auto plan = plan_of(inputs_of(rule("admin", "block"), secret("mine") + token("minted"), ""));
  const auto shown = to_json(plan);
  const auto* secrets = shown.find("secrets");
  ASSERT_NE(secrets, nullptr);
  const auto& first = secrets->as_array()->front();
  EXPECT_EQ(*first.find("id")->as_string(), "mine");
  EXPECT_EQ(*first.find("source")->as_string(), "env:A");
  EXPECT_EQ(*first.find("use")->as_array()->front().as_string(), "bearer");
  EXPECT_EQ(*shown.find("tokens")->as_array()->front().find("provider")->as_string(), "command");
  EXPECT_EQ(*shown.find("credential_rules")->as_array()->front().find("action")->as_string(), "block");
  EXPECT_TRUE(shown.find("origins")->find("secrets")->as_array()->front().as_string()->starts_with("user"));
  const auto text = to_text(plan);
  for (const char* words : {"mine from env:A", "minted (command)", "block admin"})
    EXPECT_NE(text.find(words), std::string::npos) << text;
  EXPECT_EQ(to_json(plan_of(inputs_of("", "", ""))).find("secrets"), nullptr) << "left out where there are none";
}

}  // namespace
}  // namespace bailey::policy

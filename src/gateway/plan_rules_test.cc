#include "gateway/plan_rules.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "gateway/host_name.h"
#include "policy/resolve_fixture.h"

namespace bailey::gateway {
namespace {

using policy::inputs_of;
using policy::plan_of;

std::string rule_for(const policy::SessionPlan& plan, const char* host, std::span<const NetworkRule> said = {}) {
  const auto decided = policy_from_json(policy_text(plan, said));
  if (!decided) return to_lines(decided.error());
  const auto parsed = parse_host(host);
  const auto verdict = decided->decide({.host = parsed->text, .port = 443, .is_literal = parsed->is_literal()});
  return (verdict.allowed() ? "allow " : "refuse ") + verdict.rule;
}

TEST(PlanRules, TheDefaultListAllowsOrdinaryWorkAndNothingElse) {
  const auto plan = plan_of(inputs_of("", "", ""));
  for (const auto* host : {"github.com", "registry.npmjs.org", "pypi.org", "files.pythonhosted.org", "index.crates.io",
                           "proxy.golang.org", "api.nuget.org", "repo1.maven.org", "rubygems.org", "deb.debian.org",
                           "de.archive.ubuntu.com", "registry-1.docker.io", "docs.rs", "api.anthropic.com"}) {
    EXPECT_TRUE(rule_for(plan, host).starts_with("allow allowlist:")) << host << ' ' << rule_for(plan, host);
  }
  for (const auto* host : {"evil.example", "pastebin.com", "transfer.sh", "bucket.s3.amazonaws.com", "me.github.io",
                           "github.com.evil.example", "1.1.1.1", "169.254.169.254"}) {
    EXPECT_EQ(rule_for(plan, host), "refuse default") << host;
  }
}

TEST(PlanRules, ConnectionsToHostsThatTakePushesAreLookedInto) {
  const auto route_to = [](const policy::SessionPlan& plan, const char* host, std::uint16_t port) {
    const std::vector<GitHost> git_hosts = {{"git.corp.example", 8443}, {"code.example.org", 0}};
    const auto verdict = policy_from_json(policy_text(plan, {}, git_hosts))->decide({.host = host, .port = port});
    return !verdict.allowed() ? "refuse" : verdict.route == Route::inspect ? "inspect" : "tunnel";
  };
  const auto listed =
      plan_of(inputs_of("", "allow_domains = ['*.example.org', 'git.corp.example:8443', 'github.com']", ""));
  for (const auto* host : {"github.com", "gitlab.com", "code.example.org"})
    EXPECT_STREQ(route_to(listed, host, 443), "inspect") << host;
  EXPECT_STREQ(route_to(listed, "git.corp.example", 8443), "inspect");
  for (const auto* host : {"registry.npmjs.org", "www.example.org", "raw.githubusercontent.com"})
    EXPECT_STREQ(route_to(listed, host, 443), "tunnel") << host;
  const auto open = plan_of(inputs_of("", "network = 'allow-all'", ""));
  EXPECT_STREQ(route_to(open, "codeberg.org", 443), "inspect");
  EXPECT_STREQ(route_to(open, "git.corp.example", 8443), "inspect");
  EXPECT_STREQ(route_to(open, "somewhere.example", 443), "tunnel");
  const auto blocked = plan_of(
      inputs_of("", "[[rule]]\nid = 'b'\nkind = 'network'\naction = 'block'\nmatch = { host = 'github.com' }\n", ""));
  EXPECT_STREQ(route_to(blocked, "github.com", 443), "refuse");
}

TEST(PlanRules, WhatWasApprovedComesRightBeforeTheRuleThatAsked) {
  const auto plan = plan_of(
      inputs_of("[[rule]]\nid = 'ask'\nkind = 'network'\naction = 'prompt'\nmatch = { host = '*.asked.test' }\n"
                "[[rule]]\nid = 'no'\nkind = 'network'\naction = 'block'\nmatch = { host = 'no.test' }\n",
                "[[rule]]\nid = 'u'\nkind = 'network'\naction = 'allow'\nmatch = { host = 'b.asked.test' }\n", ""));
  EXPECT_EQ(rule_for(plan, "a.asked.test"), "refuse ask");
  const std::vector<NetworkRule> said = {approved_rule("ask", "a.asked.test").value(),
                                         rule_said(RuleAction::allow, "b.asked.test").value(),
                                         approved_rule("no", "no.test").value()};
  EXPECT_EQ(rule_for(plan, "a.asked.test", said), "allow approved:ask:a.asked.test");
  // Neither the user's own word nor an approval of another rule goes round the administrator's.
  EXPECT_EQ(rule_for(plan, "b.asked.test", said), "refuse ask");
  EXPECT_EQ(rule_for(plan, "no.test", said), "refuse no");
}

TEST(PlanRules, AnApprovalCountsForNoRuleWhoseNameIsItsBeginning) {
  const auto plan = plan_of(
      inputs_of("", "[[rule]]\nid = 'ask'\nkind = 'network'\naction = 'prompt'\nmatch = { host = 'a.test' }\n", ""));
  EXPECT_EQ(rule_for(plan, "a.test", std::vector{approved_rule("ask:more", "a.test").value()}), "refuse ask");
  EXPECT_EQ(rule_for(plan, "a.test", std::vector{approved_rule("ask", "a.test:443").value()}),
            "allow approved:ask:a.test:443");
}

TEST(PlanRules, ConnectionsToHostsThatSecretsAreForAreLookedInto) {
  const auto route_to = [](const policy::SessionPlan& plan, const char* host, std::uint16_t port) {
    const auto verdict = policy_from_json(policy_text(plan))->decide({.host = host, .port = port});
    return !verdict.allowed() ? "refuse" : verdict.route == Route::inspect ? "inspect" : "tunnel";
  };
  const std::string secrets =
      "[[secret]]\nsource = 'env:NPM_TOKEN'\nhosts = ['registry.npmjs.org', '*.example.org', 'code.example.com:8443']\n"
      "use = 'bearer'\n";
  const auto plan = plan_of(
      inputs_of("", "allow_domains = ['a.example.org', 'code.example.com:8443', '*.example.com']\n" + secrets, ""));
  EXPECT_STREQ(route_to(plan, "registry.npmjs.org", 443), "inspect");
  EXPECT_STREQ(route_to(plan, "a.example.org", 443), "inspect");
  EXPECT_STREQ(route_to(plan, "b.example.org", 443), "refuse") << "a secret allows nothing";
  EXPECT_STREQ(route_to(plan, "code.example.com", 8443), "inspect");
  EXPECT_STREQ(route_to(plan, "code.example.com", 443), "tunnel") << "it is for another port";
  EXPECT_STREQ(route_to(plan, "www.example.com", 443), "tunnel");
  EXPECT_STREQ(route_to(plan, "pypi.org", 443), "tunnel");
  EXPECT_STREQ(route_to(plan_of(inputs_of("", "", "")), "registry.npmjs.org", 443), "tunnel") << "control";
  const auto open = plan_of(inputs_of("", "network = 'allow-all'\n" + secrets, ""));
  EXPECT_STREQ(route_to(open, "x.example.org", 443), "inspect");
  EXPECT_STREQ(route_to(open, "code.example.com", 8443), "inspect");
  EXPECT_STREQ(route_to(open, "somewhere.example", 443), "tunnel");
  const auto blocked = plan_of(inputs_of(
      "", "[[rule]]\nid = 'b'\nkind = 'network'\naction = 'block'\nmatch = { host = 'registry.npmjs.org' }\n" + secrets,
      ""));
  EXPECT_STREQ(route_to(blocked, "registry.npmjs.org", 443), "refuse");
}

TEST(PlanRules, WithoutListsNothingIsAllowed) {
  const auto plan = plan_of(inputs_of("", "default_allowlist = false", ""));
  EXPECT_EQ(rule_for(plan, "github.com"), "refuse default");
  EXPECT_TRUE(network_rules(plan).empty());
}

TEST(PlanRules, WhatTheUserSaysMeanwhileYieldsToTheAdministratorOnly) {
  const auto plan =
      plan_of(inputs_of("[[rule]]\nid='corp'\nkind='network'\nmatch={host='*.corp.example'}\naction='block'\n",
                        "allow_domains = ['a.com']", ""));
  const std::vector<NetworkRule> said = {rule_said(RuleAction::allow, "*.corp.example").value(),
                                         rule_said(RuleAction::block, "a.com").value(),
                                         rule_said(RuleAction::allow, "new.example").value()};
  EXPECT_EQ(rule_for(plan, "a.com"), "allow user:a.com");
  EXPECT_EQ(rule_for(plan, "a.com", said), "refuse session:a.com");
  EXPECT_EQ(rule_for(plan, "new.example", said), "allow session:new.example");
  EXPECT_EQ(rule_for(plan, "x.corp.example", said), "refuse corp");
  EXPECT_FALSE(rule_said(RuleAction::allow, "*.co.uk"));
}

std::string any_rules(std::string_view layer) {
  std::string text;
  const auto count = *rc::gen::inRange(0, 5);
  for (int number = 0; number < count; ++number) {
    const auto* host = *rc::gen::element("*.a.com", "a.com", "b.a.com", "github.com", "10.0.0.0/8");
    const auto* more = *rc::gen::element("", ", method = 'POST'", ", path = '/x/**'", ", port = 22");
    const auto* action = *rc::gen::element("allow", "block", "prompt");
    text += fmt::format("[[rule]]\nid='{}{}'\nkind='network'\nmatch={{host='{}'{}}}\naction='{}'\n", layer, number,
                        host, more, action);
  }
  return text;
}

RC_GTEST_PROP(PlanRules, NothingOfAnUntrustedRepositoryOpensAWay, ()) {
  auto with = inputs_of("", any_rules("user"), any_rules("project"));
  with.flags.network = *rc::gen::element("proxy", "allow-all");
  with.files.project_allowlist = {".bailey-allowlist.txt", "evil.example\n"};
  auto without = with;
  without.files.project.reset();
  without.files.project_allowlist.reset();
  const auto strict = policy_from_json(policy_text(plan_of(with))).value();
  const auto loose = policy_from_json(policy_text(plan_of(without))).value();
  for (const auto* host : {"a.com", "b.a.com", "github.com", "evil.example", "10.0.0.1"}) {
    for (const std::uint16_t port : {std::uint16_t{443}, std::uint16_t{22}}) {
      const Authority authority{.host = host, .port = port, .is_literal = std::string_view(host) == "10.0.0.1"};
      RC_ASSERT(!strict.decide(authority).allowed() || loose.decide(authority).allowed());
      RC_ASSERT(!strict.decide_name(host).allowed() || loose.decide_name(host).allowed());
      for (const auto* method : {"GET", "POST"}) {
        for (const auto* path : {"/", "/x/y"}) {
          const auto request = strict.decide(authority, method, path);
          RC_ASSERT(!request.allowed() || loose.decide(authority, method, path).allowed());
          RC_ASSERT(!request.allowed() || strict.decide(authority).allowed());
        }
      }
    }
  }
}

TEST(PlanRules, LimitsAndModeArriveAtTheGateway) {
  auto inputs =
      inputs_of("", "[limits.network]\nupload_request = '1m'\nconnections = 3\nbytes_per_second = 1000\n", "");
  inputs.flags.network = "allow-all";
  const auto decided = policy_from_json(policy_text(plan_of(inputs))).value();
  EXPECT_EQ(decided.mode(), Mode::allow_all);
  EXPECT_EQ(decided.limits().upload_request_bytes_max, 1u << 20);
  EXPECT_EQ(decided.limits().connections_max, 3u);
  EXPECT_EQ(decided.limits().bytes_per_second_max, 1000u);
  const auto usual = policy_from_json(policy_text(plan_of(inputs_of("", "", "")))).value();
  EXPECT_EQ(usual.limits().bytes_per_second_max, 0u);
  EXPECT_EQ(usual.limits().upload_session_bytes_max, NetworkLimits{}.upload_session_bytes_max);
}

}  // namespace
}  // namespace bailey::gateway

// Rules of the network, layer by layer. What they decide is tested in gateway/plan_rules_test.cc.
#include "policy/resolve_network.h"

#include <gtest/gtest.h>

#include "policy/address_range.h"
#include "policy/resolve_fixture.h"

namespace bailey::policy {
namespace {

bool contains(std::string_view text, std::string_view part) { return text.find(part) != std::string_view::npos; }

// Ids of the rules that are not built in, in order.
std::string ids(const SessionPlan& plan) {
  std::string text;
  for (const auto& [rule, origin] : plan.network_rules) {
    if (origin.layer != Layer::builtin) text += (text.empty() ? "" : " ") + rule.id;
  }
  return text;
}

std::string rule(const std::string& id, const std::string& action, const std::string& host,
                 const std::string& more = "") {
  return "[[rule]]\nid = '" + id + "'\nkind = 'network'\naction = '" + action + "'\nmatch = { host = '" + host +
         "' }\n" + more + "\n";
}

TEST(NetworkRules, AllOfARuleArrivesInThePlan) {
  const auto plan = plan_of(inputs_of("",
                                      "[[rule]]\nid = 'gh'\nkind = 'network'\ntier = 2\naction = 'log'\n"
                                      "match = { host = ['api.github.com', '10.0.0.0/8'], port = 8443, "
                                      "method = ['GET', 'HEAD'], path = '/repos/**' }\n"
                                      "reason = 'read only'\ninspect = true\nallow_private = true\n"
                                      "allow_no_sni = true\nupload_max = '1m'\n",
                                      ""));
  ASSERT_EQ(ids(plan), "gh");
  const auto& [got, origin] = plan.network_rules.front();
  EXPECT_EQ(got.hosts, (std::vector<std::string>{"api.github.com", "10.0.0.0/8"}));
  EXPECT_EQ(got.ports, std::vector<std::uint16_t>{8443});
  EXPECT_EQ(got.methods, (std::vector<std::string>{"GET", "HEAD"}));
  EXPECT_EQ(got.paths, std::vector<std::string>{"/repos/**"});
  EXPECT_EQ(got.upload_request_bytes_max, 1u << 20);
  EXPECT_EQ(got.action, RuleAction::allow);
  EXPECT_TRUE(got.inspect && got.allow_private && got.allow_no_sni);
  EXPECT_EQ(got.reason, "read only");
  EXPECT_EQ(got.tier, 2);
  EXPECT_EQ(to_string(origin), "user (/home/u/.config/bailey/config.toml:1:1)");
}

TEST(NetworkRules, MistakesAreErrorsWithTheirPlace) {
  const auto error = [](const std::string& text) { return error_of(inputs_of("", text, "")); };
  EXPECT_TRUE(contains(error(rule("x", "allow", "*.co.uk")), ":5:18: domain '*.co.uk'"))
      << error(rule("x", "allow", "*.co.uk"));
  EXPECT_TRUE(contains(error(rule("x", "alow", "a.com")), "did you mean 'allow'"));
  EXPECT_TRUE(contains(error(rule("x", "allow", "a.com:443")), "it has a port"));
  EXPECT_TRUE(contains(error(rule("x", "allow", "10.0.0.1/8")), "bits beyond"));
  EXPECT_TRUE(contains(error(rule("x", "allow", "127.1")), "addresses are not possible"));
  EXPECT_TRUE(contains(error(rule("x", "block", "a.com", "allow_private = true")), "rules that allow"));
  EXPECT_TRUE(contains(error(rule("x", "allow", "a.com", "tier = 9")), "a tier is"));
  EXPECT_TRUE(contains(error("[[rule]]\nid='x'\nkind='network'\nmatch={}\naction='allow'"), "without naming a host"));
  EXPECT_TRUE(contains(error("[[rule]]\nid='x'\nkind='exec'\nmatch={host='a.com'}\naction='allow'"), "kind"));
  EXPECT_TRUE(contains(error("[[rule]]\nid='x'\nkind='network'\naction='allow'"), "needs 'match'"));
  EXPECT_TRUE(contains(error("[[rule]]\nid='x'\nkind='network'\nmatch={host='a.com',method='get'}\naction='allow'"),
                       "capitals"));
  EXPECT_TRUE(contains(error("[[rule]]\nid='x'\nkind='network'\nmatch={host='a.com',path='x'}\naction='allow'"),
                       "start with '/'"));
  EXPECT_TRUE(
      contains(error("[[rule]]\nid='x'\nkind='network'\nmatch={host='a.com',port=0}\naction='allow'"), "65535"));
  EXPECT_TRUE(
      contains(error("[[rule]]\nid='x'\nkind='network'\nmatch={hots='a.com'}\naction='allow'"), "did you mean"));
  EXPECT_EQ(error(rule("x", "block", "a.com")), "no error");
}

TEST(NetworkRules, LayersStandInTheOrderOfTheirSay) {
  auto inputs =
      inputs_of(rule("adm", "block", "bad.example"), "allow_domains = ['u.com']\n" + rule("own", "allow", "o.com"),
                "allow_domains = ['p.com']\n" + rule("p-allow", "allow", "q.com") + rule("p-block", "block", "r.com"),
                Trust::trusted);
  inputs.files.user_allowlist = {"allowlist.txt", "l.com\nl.com\n"};
  inputs.files.project_allowlist = {".bailey-allowlist.txt", "pl.com\n"};
  inputs.flags.allow_domains = {"f.com:22"};
  const auto plan = plan_of(inputs);
  EXPECT_EQ(ids(plan), "adm flag:f.com:22 p-block own user:u.com user:l.com p-allow project:p.com project:pl.com");
  EXPECT_EQ(plan.network_rules[1].value.ports, std::vector<std::uint16_t>{22});
  EXPECT_TRUE(contains(plan.network_rules.back().value.id, "allowlist:"));
}

TEST(NetworkRules, AnUntrustedRepositoryOnlyTightens) {
  auto inputs = inputs_of(
      "", "",
      rule("in", "allow", "evil.example") + rule("out", "block", "github.com") + rule("ask", "prompt", "pypi.org"));
  inputs.files.project_allowlist = {".bailey-allowlist.txt", "evil.example\nmore.example\n"};
  const auto plan = plan_of(inputs);
  EXPECT_EQ(ids(plan), "out ask");
  EXPECT_TRUE(contains(all_notes(plan), "rule: in from project"));
  EXPECT_TRUE(contains(all_notes(plan), "allowlist: 2 patterns from project (.bailey-allowlist.txt:1:1) is ignored"));
  EXPECT_EQ(plan.notes.size(), 2u);
  // Positive control.
  inputs.files.project_trust = Trust::trusted;
  EXPECT_EQ(ids(plan_of(inputs)), "out in ask project:evil.example project:more.example");
}

TEST(NetworkRules, ARepositoryNeverReachesPrivateAddressesEvenWhenTrusted) {
  const auto text =
      rule("lan", "allow", "10.0.0.0/8", "allow_private = true") + rule("raw", "allow", "a.com", "allow_no_sni = true");
  const auto plan = plan_of(inputs_of("", "", text, Trust::trusted));
  EXPECT_EQ(ids(plan), "");
  EXPECT_EQ(plan.notes.size(), 2u);
  EXPECT_EQ(ids(plan_of(inputs_of("", text, ""))), "lan raw");
}

TEST(NetworkRules, TheAdministratorsListBoundsWhatAnybodyAllows) {
  auto inputs = inputs_of("allow_domains = ['*.corp.example', 'github.com']",
                          rule("in", "allow", "x.corp.example") + rule("out", "allow", "evil.example") +
                              rule("port", "allow", "github.com", "") + rule("lan", "allow", "10.0.0.0/8"),
                          "");
  inputs.files.user_allowlist = {"allowlist.txt", "corp.example\npastebin.com\ngithub.com:22\n"};
  const auto plan = plan_of(inputs);
  EXPECT_EQ(ids(plan), "in port user:corp.example");
  EXPECT_EQ(plan.notes.size(), 4u) << all_notes(plan);
  EXPECT_EQ(plan.network_rules.back().value.id, "allowlist:github.com");  // all that is left of the default list
  EXPECT_EQ(plan.network_rules.size(), 4u);
  // An empty list allows nothing at all.
  EXPECT_TRUE(plan_of(inputs_of("allow_domains = []", "allow_domains = ['a.com']", "")).network_rules.empty());
}

TEST(NetworkRules, TheDefaultListCanBeSwitchedOffByAnybodyAndOnByNobodyBelow) {
  EXPECT_TRUE(plan_of(inputs_of("", "default_allowlist = false", "")).network_rules.empty());
  EXPECT_TRUE(plan_of(inputs_of("", "", "default_allowlist = false")).network_rules.empty());
  EXPECT_TRUE(plan_of(inputs_of("default_allowlist = false", "default_allowlist = true", "")).network_rules.empty());
  EXPECT_TRUE(plan_of(inputs_of("", "default_allowlist = false", "default_allowlist = true")).network_rules.empty());
  EXPECT_FALSE(plan_of(inputs_of("", "", "")).network_rules.empty());
}

TEST(NetworkRules, ManifestHostsAreRules) {
  auto inputs = inputs_of("", "default_allowlist = false", "");
  inputs.agent = load_manifest("claude", "/nonexistent").value();
  const auto plan = plan_of(inputs);
  ASSERT_FALSE(plan.network_rules.empty());
  EXPECT_EQ(plan.network_rules.front().value.id, "agent:api.anthropic.com");
  EXPECT_EQ(to_string(plan.network_rules.front().origin), "built in (agent claude)");
}

TEST(NetworkLimits, LowerLayersTightenThem) {
  const auto value = [](const SessionPlan& plan) { return limits_of(plan).connections_max; };
  EXPECT_EQ(value(plan_of(inputs_of("", "[limits.network]\nconnections = 5", "[limits.network]\nconnections = 3"))),
            3u);
  const auto loosened =
      plan_of(inputs_of("", "[limits.network]\nconnections = 5", "[limits.network]\nconnections = 9"));
  EXPECT_EQ(value(loosened), 5u);
  EXPECT_EQ(loosened.notes.size(), 1u);
  EXPECT_EQ(value(plan_of(inputs_of("[limits.network]\nconnections = 2", "[limits.network]\nconnections = 5", ""))),
            2u);
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits.network]\nconnections = 0", "")), "must be 1 to"));
  EXPECT_TRUE(contains(error_of(inputs_of("", "[limits.network]\nconections = 1", "")), "did you mean"));
  EXPECT_EQ(limits_of(plan_of(inputs_of("", "", ""))).bytes_per_second_max, 0u);
  EXPECT_EQ(limits_of(plan_of(inputs_of("", "", "[limits.network]\nbytes_per_second = '1m'"))).bytes_per_second_max,
            1u << 20);
}

TEST(NetworkLimits, ARulesUploadStaysWithinTheAdministratorsBound) {
  const auto plan = plan_of(
      inputs_of("[limits.network]\nupload_request = '1m'", rule("up", "allow", "a.com", "upload_max = '100m'"), ""));
  EXPECT_EQ(plan.network_rules.front().value.upload_request_bytes_max, 1u << 20);
  EXPECT_EQ(plan.notes.size(), 1u);
}

TEST(AddressRange, OneFormOnly) {
  EXPECT_EQ(parse_rule_host("FD00::/8").value(), "fd00::/8");
  EXPECT_EQ(parse_rule_host("192.0.2.7").value(), "192.0.2.7");
  EXPECT_EQ(parse_rule_host("::1").value(), "::1");
  EXPECT_EQ(parse_rule_host("2001:db8:0:0:0:0:0:1").value(), "2001:db8::1");
  EXPECT_EQ(parse_rule_host("0.0.0.0/0").value(), "0.0.0.0/0");
  for (const auto* text :
       {"", "10.0.0.1/8", "10.0.0.0/33", "10.0.0.0/", "10.0.0.0/+8", "10.0.0.0/8/8", "10/8", "010.0.0.0/8",
        "::ffff:10.0.0.1", "::ffff:0:0/96", "fe80::1%eth0", "[::1]", "a.com/8", "::/129"}) {
    EXPECT_FALSE(parse_rule_host(text)) << text;
  }
}

}  // namespace
}  // namespace bailey::policy

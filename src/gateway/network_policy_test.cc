#include "gateway/network_policy.h"

#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "gateway/host_name.h"

namespace bailey::gateway {
namespace {

NetworkPolicy policy_of(Mode mode, std::vector<NetworkRule> rules) { return {mode, std::move(rules), {}}; }

Authority to(std::string_view host, std::uint16_t port = 443) {
  const auto parsed = parse_host(host);
  EXPECT_TRUE(parsed) << host;
  return {.host = parsed ? parsed->text : "", .port = port, .is_literal = parsed && parsed->is_literal()};
}

TEST(NetworkPolicy, AnEmptyListAllowsNothing) {
  const auto policy = policy_of(Mode::proxy, {});
  EXPECT_FALSE(policy.decide(to("example.com")).allowed());
  EXPECT_FALSE(policy.decide_name("example.com").allowed());
  EXPECT_FALSE(policy.decide(to("1.1.1.1")).allowed());
  EXPECT_EQ(policy.decide(to("example.com")).rule, "default");
  EXPECT_EQ(policy.decide(to("example.com")).reason, "no rule allows example.com");
  // A rule without hosts that allows: the same.
  EXPECT_FALSE(policy_of(Mode::proxy, {{.id = "x"}}).decide(to("example.com")).allowed());
}

TEST(NetworkPolicy, AStarCoversTheDomainItselfAndAllBelowIt) {
  const auto policy =
      policy_of(Mode::proxy, {{.id = "npm", .hosts = {"*.npmjs.org"}}, {.id = "one", .hosts = {"a.com"}}});
  for (const auto* host : {"npmjs.org", "registry.npmjs.org", "a.b.npmjs.org"}) {
    EXPECT_EQ(policy.decide(to(host)).rule, "npm") << host;
    EXPECT_TRUE(policy.decide_name(host).allowed());
  }
  for (const auto* host : {"evilnpmjs.org", "org", "npmjs.org.evil.com", "npmjs.com", "b.a.com"}) {
    EXPECT_FALSE(policy.decide(to(host)).allowed()) << host;
    EXPECT_FALSE(policy.decide_name(host).allowed()) << host;
  }
}

TEST(NetworkPolicy, WaysToWriteAnAllowedHostDifferentlyReachThatHostOrNothing) {
  const auto policy = policy_of(Mode::proxy, {{.id = "a", .hosts = {"a.com"}}});
  for (const auto* text : {"A.com", "a.com.", "A.COM."}) EXPECT_TRUE(policy.decide(to(text)).allowed()) << text;
  EXPECT_FALSE(policy.decide(to("\xD0\xB0.com")).allowed());  // Cyrillic
  EXPECT_FALSE(policy.decide(to("xn--80a.com")).allowed());
}

TEST(NetworkPolicy, OtherPortsNeedTheirOwnRule) {
  const auto policy =
      policy_of(Mode::proxy, {{.id = "a", .hosts = {"a.com"}}, {.id = "b", .hosts = {"b.com"}, .ports = {22}}});
  EXPECT_TRUE(policy.decide(to("a.com", 80)).allowed());
  EXPECT_TRUE(policy.decide(to("a.com", 443)).allowed());
  EXPECT_EQ(policy.decide(to("a.com", 22)).reason, "no rule allows port 22 of a.com");
  EXPECT_TRUE(policy.decide(to("b.com", 22)).allowed());
  EXPECT_FALSE(policy.decide(to("b.com", 443)).allowed());
  EXPECT_TRUE(policy.decide_name("b.com").allowed());
}

TEST(NetworkPolicy, TheFirstMatchWins) {
  const auto policy =
      policy_of(Mode::proxy, {{.id = "no", .hosts = {"*.bad.a.com"}, .action = RuleAction::block, .reason = "bad"},
                              {.id = "ask", .hosts = {"ask.a.com"}, .action = RuleAction::prompt},
                              {.id = "yes", .hosts = {"*.a.com"}}});
  EXPECT_TRUE(policy.decide(to("x.a.com")).allowed());
  EXPECT_EQ(policy.decide(to("x.bad.a.com")).reason, "bad");
  EXPECT_EQ(policy.decide(to("ask.a.com")).action, RuleAction::prompt);
  EXPECT_FALSE(policy.decide(to("ask.a.com")).allowed());
  EXPECT_FALSE(policy.decide_name("x.bad.a.com").allowed());
}

TEST(NetworkPolicy, LiteralsNeedARuleThatNamesThem) {
  const auto policy = policy_of(Mode::proxy, {{.id = "name", .hosts = {"*.a.com"}},
                                              {.id = "one", .hosts = {"1.1.1.1"}},
                                              {.id = "range", .hosts = {"8.8.8.0/24", "2606:4700::/32"}}});
  EXPECT_TRUE(policy.decide(to("1.1.1.1")).allowed());
  EXPECT_TRUE(policy.decide(to("[::ffff:1.1.1.1]")).allowed());  // it is the same address
  EXPECT_TRUE(policy.decide(to("8.8.8.8")).allowed());
  EXPECT_TRUE(policy.decide(to("[2606:4700::1]")).allowed());
  for (const auto* host : {"1.1.1.2", "8.8.9.8", "[2606:4701::1]", "[64:ff9b::101:101]"}) {
    EXPECT_FALSE(policy.decide(to(host)).allowed()) << host;
  }
}

TEST(NetworkPolicy, AllowAllStillRefusesWhatIsNotTheInternet) {
  const auto policy = policy_of(Mode::allow_all, {});
  EXPECT_TRUE(policy.decide(to("anything.example", 22)).allowed());
  EXPECT_TRUE(policy.decide_name("anything.example").allowed());
  EXPECT_TRUE(policy.decide(to("1.1.1.1")).allowed());
  EXPECT_FALSE(policy.decide(to("anything.example")).allow_private);
  for (const auto* host : {"10.0.0.1", "127.0.0.1", "169.254.169.254", "[::1]", "[fd00::1]", "[::ffff:10.0.0.1]",
                           "[64:ff9b::a00:1]", "[2002:7f00:1::]", "100.64.0.1", "0.0.0.0"}) {
    const auto verdict = policy.decide(to(host));
    EXPECT_FALSE(verdict.allowed()) << host;
    EXPECT_NE(verdict.reason.find("allow_private"), std::string::npos) << verdict.reason;
  }
}

TEST(NetworkPolicy, AllowAllRefusesNamesOfLocalNetworksHoweverTheyAreAskedFor) {
  const auto policy = policy_of(Mode::allow_all, {{.id = "nas", .hosts = {"nas.lan"}}});
  EXPECT_TRUE(policy.decide(to("nas.lan")).allowed());
  EXPECT_TRUE(policy.decide(to("lan.example")).allowed());
  for (const auto* host :
       {"router", "printer.local", "metadata.google.internal", "x.home", "other.lan", "hidden.onion"}) {
    EXPECT_FALSE(policy.decide(to(host)).allowed()) << host;
    EXPECT_FALSE(policy.decide(to(host), "GET", "/").allowed()) << host;
    EXPECT_FALSE(policy.decide_name(host).allowed()) << host;
  }
}

TEST(NetworkPolicy, APrivateAddressWhoseRuleIsForOtherRequestsIsToldThat) {
  const auto policy = policy_of(
      Mode::proxy,
      {{.id = "api", .hosts = {"10.0.0.1"}, .methods = {"GET"}, .paths = {"/open/**"}, .allow_private = true}});
  EXPECT_TRUE(policy.decide(to("10.0.0.1"), "GET", "/open/x").allowed());
  for (const auto& [method, path] : {std::pair("GET", "/closed"), std::pair("POST", "/open/x")})
    EXPECT_EQ(policy.decide(to("10.0.0.1"), method, path).reason, "no rule allows this method and path of 10.0.0.1");
  EXPECT_NE(policy.decide(to("10.0.0.2"), "GET", "/open/x").reason.find("allow_private"), std::string::npos);
}

TEST(NetworkPolicy, PrivateRangesNeedToBeNamedAndPermitted) {
  const NetworkRule named{.id = "lab", .hosts = {"10.0.0.0/8"}};
  auto permitted = named;
  permitted.allow_private = true;
  for (const auto mode : {Mode::proxy, Mode::allow_all}) {
    EXPECT_FALSE(policy_of(mode, {named}).decide(to("10.0.0.1")).allowed());
    EXPECT_TRUE(policy_of(mode, {permitted}).decide(to("10.0.0.1")).allow_private);
    EXPECT_FALSE(policy_of(mode, {permitted}).decide(to("192.168.0.1")).allowed());
  }
}

TEST(NetworkPolicy, AllowAllObeysRulesThatBlockOnEveryPort) {
  const auto policy = policy_of(Mode::allow_all, {{.id = "no", .hosts = {"*.bad.com"}, .action = RuleAction::block},
                                                  {.id = "lit", .hosts = {"1.1.1.1"}, .action = RuleAction::block}});
  EXPECT_FALSE(policy.decide(to("x.bad.com", 8443)).allowed());
  EXPECT_FALSE(policy.decide_name("bad.com").allowed());
  EXPECT_FALSE(policy.decide(to("1.1.1.1", 53)).allowed());
}

TEST(NetworkPolicy, RulesWithMethodsOrPathsInspectTheConnection) {
  const auto policy =
      policy_of(Mode::proxy, {{.id = "read", .hosts = {"api.a.com"}, .methods = {"GET"}, .paths = {"/repos/**"}},
                              {.id = "all", .hosts = {"cdn.a.com"}}});
  EXPECT_EQ(policy.decide(to("api.a.com")).route, Route::inspect);
  EXPECT_EQ(policy.decide(to("cdn.a.com")).route, Route::tunnel);
  EXPECT_TRUE(policy.decide(to("api.a.com"), "GET", "/repos/x").allowed());
  const auto post = policy.decide(to("api.a.com"), "POST", "/repos/x");
  EXPECT_FALSE(post.allowed());
  EXPECT_EQ(post.reason, "no rule allows this method and path of api.a.com");
  for (const auto* path :
       {"/gists", "/repos", "/repos/../gists", "/repos/%2e%2e/gists", "/repos//x", "/repos/a%2f..%2fgists"}) {
    EXPECT_FALSE(policy.decide(to("api.a.com"), "GET", path).allowed()) << path;
  }
}

TEST(NetworkPolicy, ABlockedMethodOrPathHoldsInEverySpelling) {
  const auto policy =
      policy_of(Mode::proxy, {{.id = "ro", .hosts = {"a.com"}, .methods = {"POST"}, .action = RuleAction::block},
                              {.id = "adm", .hosts = {"a.com"}, .paths = {"/admin/**"}, .action = RuleAction::block},
                              {.id = "yes", .hosts = {"*.a.com"}}});
  EXPECT_EQ(policy.decide(to("a.com")).route, Route::inspect);
  EXPECT_EQ(policy.decide(to("b.a.com")).route, Route::tunnel);
  EXPECT_TRUE(policy.decide(to("a.com"), "GET", "/x").allowed());
  EXPECT_EQ(policy.decide(to("a.com"), "post", "/x").rule, "ro");
  for (const auto* path : {"/admin/x", "/%61dmin/x", "//admin/x", "/x/../admin/y", "/admin%2fx"}) {
    EXPECT_EQ(policy.decide(to("a.com"), "GET", path).rule, "adm") << path;
  }
}

TEST(NetworkPolicy, AConnectionHasNoMoreRightsThanEachRuleThatMayUseIt) {
  const auto policy = policy_of(
      Mode::proxy, {{.id = "one", .hosts = {"a.com"}, .methods = {"GET"}, .allow_private = true, .allow_no_sni = true},
                    {.id = "two", .hosts = {"a.com"}}});
  EXPECT_TRUE(policy.decide(to("a.com")).allowed());
  EXPECT_FALSE(policy.decide(to("a.com")).allow_private);
  EXPECT_FALSE(policy.decide(to("a.com")).allow_no_sni);
}

TEST(NetworkPolicy, UploadLimitsAreTheRulesOwnOrTheSessions) {
  NetworkLimits limits;
  limits.upload_request_bytes_max = 7;
  const NetworkPolicy policy(
      Mode::proxy, {{.id = "a", .hosts = {"a.com"}, .upload_request_bytes_max = 3}, {.id = "b", .hosts = {"b.com"}}},
      limits);
  EXPECT_EQ(policy.decide(to("a.com")).upload_request_bytes_max, 3u);
  EXPECT_EQ(policy.decide(to("b.com")).upload_request_bytes_max, 7u);
}

TEST(NetworkPolicy, ALiteralThatIsNoneIsRefused) {
  const auto policy = policy_of(Mode::allow_all, {});
  EXPECT_FALSE(policy.decide({.host = "127.1", .port = 80, .is_literal = true}).allowed());
}

// The index against a matcher that looks at every rule.
bool names(const std::string& pattern, std::string_view host) {
  if (!pattern.starts_with("*.")) return pattern == host;
  const auto base = std::string_view(pattern).substr(2);
  return host == base || host.ends_with("." + std::string(base));
}

Verdict naive(const std::vector<NetworkRule>& rules, std::string_view host, std::uint16_t port) {
  for (const auto& rule : rules) {
    const auto by_host = rule.hosts.empty()
                             ? rule.action != RuleAction::allow
                             : std::ranges::any_of(rule.hosts, [&](const auto& own) { return names(own, host); });
    auto by_port = rule.action != RuleAction::allow || port == 80 || port == 443;
    if (!rule.ports.empty()) by_port = std::ranges::find(rule.ports, port) != rule.ports.end();
    if (by_host && by_port) return {.action = rule.action, .rule = rule.id};
  }
  return {.action = RuleAction::block, .rule = "default"};
}

std::string any_host() {
  static const std::vector<std::string> labels = {"a", "b", "ab", "c"};
  std::string host;
  for (int count = *rc::gen::inRange(1, 4); count > 0; --count) host += *rc::gen::elementOf(labels) + ".";
  return host + "example";
}

RC_GTEST_PROP(NetworkPolicy, TheIndexDecidesAsALinearSearchWould, ()) {
  std::vector<NetworkRule> rules;
  const auto count = *rc::gen::inRange(0, 40);
  for (int number = 0; number < count; ++number) {
    NetworkRule rule{.id = fmt::format("r{}", number)};
    for (int hosts = *rc::gen::inRange(0, 4); hosts > 0; --hosts) {
      rule.hosts.push_back((*rc::gen::arbitrary<bool>() ? "*." : "") + any_host());
    }
    if (*rc::gen::inRange(0, 3) == 0) rule.ports.push_back(*rc::gen::element<std::uint16_t>(443, 22, 8080));
    rule.action = *rc::gen::element(RuleAction::allow, RuleAction::allow, RuleAction::block, RuleAction::prompt);
    rules.push_back(std::move(rule));
  }
  const auto policy = policy_of(Mode::proxy, rules);
  for (int probes = 0; probes < 20; ++probes) {
    const Authority authority{.host = any_host(), .port = *rc::gen::element<std::uint16_t>(80, 443, 22, 8080)};
    const auto expected = naive(rules, authority.host, authority.port);
    const auto verdict = policy.decide(authority);
    RC_ASSERT(verdict.action == expected.action);
    RC_ASSERT(verdict.rule == expected.rule);
    RC_ASSERT(!verdict.allowed() || policy.decide_name(authority.host).allowed());
    RC_ASSERT(policy.decide(authority, "GET", "/").rule == expected.rule);
  }
}

}  // namespace
}  // namespace bailey::gateway

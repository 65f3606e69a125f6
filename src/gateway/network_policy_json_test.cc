#include <gtest/gtest.h>

#include <string>

#include "gateway/network_policy.h"

namespace bailey::gateway {
namespace {

const std::vector<NetworkRule> rules = {
    {.id = "a",
     .hosts = {"*.a.com", "10.0.0.0/8"},
     .ports = {8443},
     .methods = {"GET"},
     .paths = {"/x/**"},
     .upload_request_bytes_max = 5,
     .inspect = true,
     .allow_private = true,
     .allow_no_sni = true,
     .reason = "why",
     .tier = 2},
    {.id = "b", .action = RuleAction::block},
};

std::string replaced(std::string text, std::string_view from, std::string_view to) {
  const auto at = text.find(from);
  EXPECT_NE(at, std::string::npos) << from;
  return at == std::string::npos ? text : text.replace(at, from.size(), to);
}

TEST(NetworkPolicyJson, WhatWasWrittenDecidesTheSame) {
  NetworkLimits limits;
  limits.connections_max = 7;
  limits.bytes_per_second_max = 1'000'000;
  const auto policy = policy_from_json(to_json_text(Mode::allow_all, rules, limits));
  ASSERT_TRUE(policy) << to_lines(policy.error());
  EXPECT_EQ(policy->mode(), Mode::allow_all);
  EXPECT_EQ(policy->limits().connections_max, 7u);
  EXPECT_EQ(policy->limits().bytes_per_second_max, 1'000'000u);
  const auto verdict = policy->decide({.host = "a.com", .port = 8443}, "GET", "/x/y");
  EXPECT_EQ(verdict.rule, "a");
  EXPECT_TRUE(verdict.allow_no_sni);
  EXPECT_EQ(verdict.upload_request_bytes_max, 5u);
  EXPECT_EQ(policy->decide({.host = "other.com", .port = 443}).rule, "b");
}

TEST(NetworkPolicyJson, ATextThatIsNotExactlyRightIsRefusedWhole) {
  const auto good = to_json_text(Mode::proxy, rules, {});
  ASSERT_TRUE(policy_from_json(good));
  using Change = std::pair<const char*, const char*>;
  for (const auto& [from, to] : {Change{"\"proxy\"", "\"open\""},
                                 {"\"mode\":\"proxy\",", ""},
                                 {"\"limits\"", "\"limit\""},
                                 {"\"connections_max\":1024,", ""},
                                 {"\"connections_max\":1024", "\"connections_max\":-1"},
                                 {"\"connections_max\":1024", "\"connections_max\":4294967296"},
                                 {"\"id\":\"a\"", "\"id\":\"\""},
                                 {"\"id\":\"a\",", ""},
                                 {"\"action\":\"allow\"", "\"action\":\"Allow\""},
                                 {"*.a.com", "*.com"},
                                 {"*.a.com", "*.A.com"},
                                 {"10.0.0.0/8", "10.0.0.1/8"},
                                 {"8443", "0"},
                                 {"8443", "65536"},
                                 {"\"hosts\":[\"*.a.com\",\"10.0.0.0/8\"],", ""},
                                 {"\"inspect\":true", "\"inspect\":1"},
                                 {"\"inspect\"", "\"inspects\""},
                                 {"\"tier\":2", "\"tier\":6"},
                                 {"\"methods\":[\"GET\"]", "\"methods\":\"GET\""}}) {
    EXPECT_FALSE(policy_from_json(replaced(good, from, to))) << from << " -> " << to;
  }
  for (const auto* text : {"", "[]", "null", "{}", "{\"mode\":\"proxy\"}"}) EXPECT_FALSE(policy_from_json(text));
}

TEST(NetworkPolicyJson, LimitsAreEnforced) {
  EXPECT_TRUE(policy_from_json(to_json_text(
      Mode::proxy, std::vector<NetworkRule>(policy::network_rules_max, {.id = "x", .hosts = {"a.com"}}), {})));
  EXPECT_FALSE(policy_from_json(to_json_text(
      Mode::proxy, std::vector<NetworkRule>(policy::network_rules_max + 1, {.id = "x", .hosts = {"a.com"}}), {})));
  EXPECT_FALSE(policy_from_json(
      to_json_text(Mode::proxy, {{.id = std::string(policy::rule_id_bytes_max + 1, 'x'), .hosts = {"a.com"}}}, {})));
}

}  // namespace
}  // namespace bailey::gateway

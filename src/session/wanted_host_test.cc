#include "session/wanted_host.h"

#include <gtest/gtest.h>

namespace bailey::session {
namespace {

gateway::Observation refused(std::string host, std::uint16_t port) {
  return {.what = gateway::Seen::connection, .asks = true, .rule = "ask me", .host = std::move(host), .port = port};
}

TEST(WantedHost, ARuleThatAsksNamesTheHostAndAnUnusualPort) {
  EXPECT_EQ(wanted_by_rule(refused("api.example.com", 443))->pattern, "api.example.com");
  EXPECT_EQ(wanted_by_rule(refused("api.example.com", 8443))->pattern, "api.example.com:8443");
  EXPECT_EQ(wanted_by_rule(refused("api.example.com", 0))->rule, "ask me");
}

TEST(WantedHost, WhatIsNotAskedOrHasNoNameIsLeft) {
  auto blocked = refused("api.example.com", 443);
  blocked.asks = false;
  EXPECT_FALSE(wanted_by_rule(blocked));
  EXPECT_FALSE(wanted_by_rule(refused("*", 443)));
  EXPECT_FALSE(wanted_by_rule(refused("two words", 443)));
  auto nameless = refused("api.example.com", 443);
  nameless.rule.clear();
  EXPECT_FALSE(wanted_by_rule(nameless));
}

TEST(WantedHost, KeyAndRequestLeadBackToIt) {
  for (const WantedHost& wanted : {WantedHost{"example.com", ""}, WantedHost{"example.com:22", "rule with words"}}) {
    EXPECT_EQ(wanted_of(key_of(wanted)).pattern, wanted.pattern);
    EXPECT_EQ(wanted_of(key_of(wanted)).rule, wanted.rule);
    EXPECT_EQ(wanted_of(request_for(wanted)).pattern, wanted.pattern);
    EXPECT_EQ(wanted_of(request_for(wanted)).rule, wanted.rule);
  }
  EXPECT_EQ(wanted_of("domain").pattern, "");
}

TEST(WantedHost, AnApprovalOfOneIsNoApprovalOfTheOther) {
  EXPECT_NE(rule_for({"example.com", ""})->id, rule_for({"example.com", "ask"})->id);
  EXPECT_FALSE(rule_for({"", "ask"}));
}

}  // namespace
}  // namespace bailey::session

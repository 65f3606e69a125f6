#include "session/network_event.h"

#include <gtest/gtest.h>

namespace bailey::session {
namespace {

std::string text(const audit::Event& event, std::string_view field) {
  const auto* value = event.subject.find(field);
  return value != nullptr && std::holds_alternative<std::string>(*value) ? std::get<std::string>(*value) : "";
}

TEST(NetworkEvent, ARefusalIsADecisionWithItsRuleAndReason) {
  const auto event = network_event({.what = gateway::Seen::connection,
                                    .rule = "default",
                                    .reason = "no rule allows evil.example",
                                    .host = "evil.example",
                                    .port = 443});
  EXPECT_EQ(event.category, audit::Category::network);
  EXPECT_EQ(event.decision, audit::Decision::deny);
  EXPECT_EQ(event.tier, audit::Tier::decided);
  EXPECT_EQ(event.level, audit::Level::notice);
  EXPECT_EQ(event.rule, "default");
  EXPECT_EQ(text(event, "reason"), "no rule allows evil.example");
}

TEST(NetworkEvent, ARequestSaysMethodPathAndSize) {
  const auto event = network_event({.what = gateway::Seen::http_request,
                                    .allowed = true,
                                    .rule = "allowlist:*.npmjs.org",
                                    .host = "registry.npmjs.org",
                                    .port = 443,
                                    .method = "GET",
                                    .path = "/express",
                                    .status = 200,
                                    .bytes_out = 310,
                                    .bytes_in = 20480,
                                    .ms = 87});
  EXPECT_EQ(event.action, audit::Name("http_request"));
  EXPECT_EQ(event.tier, audit::Tier::logged);
  EXPECT_EQ(text(event, "path"), "/express");
  EXPECT_EQ(std::get<std::int64_t>(*event.subject.find("bytes_in")), 20480);
  EXPECT_EQ(event.subject.find("count"), nullptr) << "one is not counted";
}

TEST(NetworkEvent, ANameIsADnsEventWithoutBytes) {
  const auto event = network_event({.what = gateway::Seen::dns_name, .allowed = true, .host = "a.example", .count = 3});
  EXPECT_EQ(event.category, audit::Category::dns);
  EXPECT_EQ(event.subject.find("bytes_in"), nullptr);
  EXPECT_EQ(std::get<std::int64_t>(*event.subject.find("count")), 3);
}

TEST(NetworkEvent, WhatTheRulesRefusedIsOneLineWithACount) {
  const auto event = refused_traffic_event("quic", {.packets = 90'000, .bytes = 108'000'000});
  EXPECT_EQ(event.category, audit::Category::network);
  EXPECT_EQ(event.action, audit::Name("datagrams"));
  EXPECT_EQ(event.decision, audit::Decision::deny);
  EXPECT_EQ(event.tier, audit::Tier::decided);
  EXPECT_EQ(text(event, "protocol"), "quic");
  EXPECT_EQ(std::get<std::int64_t>(*event.subject.find("count")), 90'000);
  EXPECT_EQ(std::get<std::int64_t>(*event.subject.find("bytes_out")), 108'000'000);
}

}  // namespace
}  // namespace bailey::session

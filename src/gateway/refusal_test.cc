#include "gateway/refusal.h"

#include <gtest/gtest.h>

#include "json/read.h"

namespace bailey::gateway {
namespace {

TEST(Refusal, AModelCanActOnIt) {
  const Verdict verdict{.rule = "default", .reason = "no rule allows this host"};
  const Authority authority{.host = "evil.example", .port = 443};
  const auto refusal = refusal_of(verdict, authority);
  EXPECT_EQ(to_json_body(refusal),
            "{\"error\":\"blocked_by_bailey\",\"what\":\"connect to evil.example:443\",\"why\":\"no rule allows this "
            "host\",\"rule\":\"default\",\"how_to_ask\":\"run: bailey request domain evil.example\"}\n");
  EXPECT_EQ(to_line(refusal),
            "bailey: connect to evil.example:443 refused: no rule allows this host (rule default); run: bailey request "
            "domain evil.example");
}

TEST(Refusal, WhatAHumanBlockedIsNotAskedForAgain) {
  const Verdict verdict{.rule = "corp-no-paste", .reason = "pastes leave the company"};
  const auto refusal = refusal_of(verdict, {.host = "pastebin.com", .port = 443}, "POST", "/api");
  EXPECT_EQ(refusal.what, "POST pastebin.com:443/api");
  EXPECT_TRUE(refusal.how_to_ask.empty());
}

TEST(Refusal, TextOfTheSandboxIsBoundedAndEscaped) {
  const auto refusal = refusal_of_text("\x1b[2J\"\r\nSet-Cookie: x" + std::string(1 << 20, 'a'), "no host name");
  for (const auto& text : {to_json_body(refusal), to_line(refusal)}) {
    EXPECT_LT(text.size(), 4 * refusal_text_bytes_max);
    EXPECT_EQ(text.find('\x1b'), std::string::npos);
    EXPECT_EQ(text.find('\r'), std::string::npos);
  }
  const auto body = json::read(to_json_body(refusal), "body");
  ASSERT_TRUE(body);
  EXPECT_EQ(*body->find("rule")->as_string(), "gateway");
}

TEST(Refusal, AnIpv6LiteralIsBracketed) {
  const auto refusal = refusal_of({.rule = "default"}, {.host = "2606:4700::1", .port = 443, .is_literal = true});
  EXPECT_EQ(refusal.what, "connect to [2606:4700::1]:443");
}

}  // namespace
}  // namespace bailey::gateway

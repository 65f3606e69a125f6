#include <gtest/gtest.h>

#include "broker/description.h"
#include "broker/event.h"
#include "json/read.h"
#include "json/write.h"

namespace bailey::broker {
namespace {

Description full() {
  Description description;
  description.rules = {{"r",
                        {policy::CredentialOp::ssh, policy::CredentialOp::get},
                        {"SHA256:*"},
                        {"github.com", "*.example.org:8443"},
                        policy::CredentialAction::prompt,
                        "why",
                        3}};
  description.refused = "no network";
  description.targets = {{"https", "github.com", "8443", "o/r.git", "robot"}};
  description.signer = {"Ann", "ann@example.org"};
  description.signing = {credentials::SigningFormat::ssh, "", "key::ssh-ed25519 AAAA", "ssh-keygen"};
  description.home = "/home/ann";
  description.directory = "/state/s";
  description.base = std::string(40, 'a');
  return description;
}

Result<Description> read_again(const json::Value& value) {
  return description_from_json(TRY(json::read(json::write(value), "description")));
}

TEST(BrokerDescription, SurvivesJson) {
  const auto read = read_again(to_json(full()));
  ASSERT_TRUE(read);
  EXPECT_EQ(json::write(to_json(*read)), json::write(to_json(full())));
  EXPECT_EQ(read->rules[0].action, policy::CredentialAction::prompt);
  EXPECT_EQ(read->signing.format, credentials::SigningFormat::ssh);
  EXPECT_TRUE(read_again(to_json(Description())));
}

TEST(BrokerDescription, WhatIsMissingIsAnError) {
  const json::Value whole = to_json(full());
  for (const auto& [key, value] : *whole.as_object()) {
    json::Object less = *whole.as_object();
    std::erase_if(less, [&](const json::Member& member) { return member.first == key; });
    EXPECT_FALSE(read_again(less)) << key;
    json::Value wrong = whole;
    wrong.set(key, 7);
    EXPECT_FALSE(read_again(wrong)) << key;
  }
}

TEST(BrokerEvent, SurvivesItsLine) {
  const Event event{Act::ssh_sign, Outcome::denied, "rule", "terminal", "SHA256:x",
                    "github.com",  "o/r",           "git",  "abc",      "the human said no"};
  const auto line = event_line(event);
  EXPECT_TRUE(line.starts_with(event_line_start) && line.ends_with("}\n"));
  const auto value = json::read(line, "event");
  ASSERT_TRUE(value);
  EXPECT_EQ(*event_from_json(*value->find("event")), event);
}

TEST(BrokerEvent, TheAgentsWordsAreOneShortLine) {
  const auto line = event_line({.reason = "a\nb\x1b[2J" + std::string(100'000, 'x')});
  EXPECT_LT(line.size(), 3000U);
  EXPECT_EQ(line.find('\n'), line.size() - 1);
  EXPECT_EQ(line.find('\x1b'), std::string::npos);
  EXPECT_FALSE(event_from_json(json::Object{{"act", "other"}, {"outcome", "given"}}));
  EXPECT_FALSE(event_from_json(json::Object{{"act", "git_get"}}));
}

}  // namespace
}  // namespace bailey::broker

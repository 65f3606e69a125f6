#include "credentials/keep.h"

#include <gtest/gtest.h>

#include <algorithm>
#include <functional>

namespace bailey::credentials {
namespace {

using policy::SecretForm;

Keep two_secrets() {
  Keep keep;
  keep.secrets.push_back({.id = "npm",
                          .value = SecretText("npm_real0000value:,1"),
                          .placeholder = "npm_fake1111placehold",
                          .hosts = {"registry.npmjs.org", "*.example.com:8443"},
                          .methods = {"GET"},
                          .paths = {"/a/**"},
                          .uses = {{SecretForm::bearer, ""}, {SecretForm::header, "X-Key"}},
                          .pinned = false});
  keep.secrets.back().placeholder.resize(keep.secrets.back().value.size());
  keep.secrets.push_back({.id = "aws",
                          .value = SecretText("AKIAREAL:secretsecret"),
                          .placeholder = "AKIAFAKE:placeholders",
                          .hosts = {},
                          .methods = {},
                          .paths = {},
                          .uses = {{SecretForm::aws, ""}}});
  return keep;
}

TEST(Keep, WhatWasWrittenIsReadBack) {
  const auto keep = decode_keep(encode(two_secrets()));
  ASSERT_TRUE(keep) << to_lines(keep.error());
  ASSERT_EQ(keep->secrets.size(), 2U);
  const auto& npm = keep->secrets[0];
  EXPECT_EQ(npm.id, "npm");
  EXPECT_EQ(npm.value.view(), "npm_real0000value:,1");
  EXPECT_EQ(npm.placeholder.size(), npm.value.size());
  EXPECT_EQ(npm.hosts, (std::vector<std::string>{"registry.npmjs.org", "*.example.com:8443"}));
  EXPECT_EQ(npm.methods, std::vector<std::string>{"GET"});
  EXPECT_EQ(npm.paths, std::vector<std::string>{"/a/**"});
  EXPECT_EQ(npm.uses, (std::vector<policy::SecretUse>{{SecretForm::bearer, ""}, {SecretForm::header, "X-Key"}}));
  EXPECT_FALSE(npm.pinned);
  EXPECT_TRUE(keep->secrets[1].pinned);
  EXPECT_TRUE(decode_keep(encode(Keep{}))->secrets.empty());
}

TEST(Keep, TheTextIsMadeInOnePiece) {
  const std::string text = encode(two_secrets());
  EXPECT_EQ(text.capacity(), std::max(text.size(), std::string().capacity())) << "nothing has moved a value about";
}

TEST(Keep, EveryTruncationAndEveryAdditionIsAnError) {
  const std::string text = encode(two_secrets());
  ASSERT_TRUE(decode_keep(text));
  for (std::size_t size = 0; size < text.size(); ++size) EXPECT_FALSE(decode_keep(text.substr(0, size))) << size;
  EXPECT_FALSE(decode_keep(text + "0:,"));
}

TEST(Keep, HostileShapesAreErrors) {
  const std::string start = "13:bailey-keep-1,";
  EXPECT_TRUE(decode_keep(start + "1:0,"));
  for (const char* const rest : {"01:0,", "1:00,", "+1:0,", "-1:0,", " 1:0,", "1:0;", "9999999:0,", "999999:0,",
                                 "4:9999,", "2:00,", "1:x,", "1:1,", ":,", "0:,", "1:-,"})
    EXPECT_FALSE(decode_keep(start + rest)) << rest;
  EXPECT_FALSE(decode_keep("13:bailey-keep-2,1:0,"));
}

TEST(Keep, ASecretThatCouldNotBeGuardedIsRefused) {
  const auto refused = [](const std::function<void(KeptSecret&)>& change) {
    Keep keep = two_secrets();
    change(keep.secrets[0]);
    return !decode_keep(encode(keep)).has_value();
  };
  EXPECT_FALSE(refused([](KeptSecret&) {}));
  EXPECT_TRUE(refused([](KeptSecret& s) { s.id = "aws"; })) << "twice";
  EXPECT_TRUE(refused([](KeptSecret& s) { s.id = "../x"; }));
  EXPECT_FALSE(refused([](KeptSecret& s) { s.placeholder += "x"; })) << "a token that was refreshed";
  EXPECT_TRUE(refused([](KeptSecret& s) {
    s.placeholder += "x";
    s.uses.push_back({SecretForm::json, "/key"});
  })) << "bodies are changed in place";
  EXPECT_TRUE(refused([](KeptSecret& s) { s.placeholder = "tiny"; }));
  EXPECT_TRUE(refused([](KeptSecret& s) { s.placeholder = s.value.view(); }));
  EXPECT_TRUE(refused([](KeptSecret& s) {
    s.value = SecretText("short");
    s.placeholder = "other";
  }));
  EXPECT_TRUE(refused([](KeptSecret& s) { s.hosts = {"*"}; }));
  EXPECT_TRUE(refused([](KeptSecret& s) { s.hosts = {"UPPER.example"}; }));
  EXPECT_TRUE(refused([](KeptSecret& s) { s.uses = {{SecretForm::aws, ""}}; })) << "its colons stand elsewhere";
  EXPECT_TRUE(refused([](KeptSecret& s) { s.value = SecretText(std::string(kept_value_bytes_max + 1, 'v')); }));
  EXPECT_TRUE(refused([](KeptSecret& s) { s.hosts.assign(501, "a.example"); }));
  EXPECT_TRUE(refused([](KeptSecret& s) { s.uses.assign(policy::secret_uses_max + 1, {SecretForm::bearer, ""}); }));
}

}  // namespace
}  // namespace bailey::credentials

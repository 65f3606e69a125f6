#include "credentials/placeholder.h"

#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include "credentials/keep.h"
#include "credentials/looks_secret.h"
#include "credentials/web_token.h"
#include "json/read.h"

namespace bailey::credentials {
namespace {

const std::string seed(placeholder_seed_bytes, 's');

std::string placeholder_of(std::string_view secret, std::string_view label = "x") {
  const auto made = make_placeholder(secret, seed, label, {});
  if (made) return *made;
  ADD_FAILURE() << to_lines(made.error());
  return {};
}

char kind_of(char c) {
  if (c >= 'a' && c <= 'z') return 'a';
  if (c >= 'A' && c <= 'Z') return 'A';
  if (c >= '0' && c <= '9') return '0';
  return c;
}

TEST(Placeholder, KeepsPrefixLengthAndKindOfEveryCharacter) {
  for (const std::string_view secret :
       {"sk-ant-api03-Ab1_cdEFghIJ-klMNopQRst0123456789", "ghp_16C7e42F292c6912E7710c838347Ae178B4a",
        "npm_aB3dE6gH9jK2mN5pQ8sT1vW4yZ7bC0eF3hI6", "AIzaSyA-1234567890abcdefghijklmnopqrstu", "AKIAIOSFODNN7EXAMPLE",
        "xoxb-123456789012-abcDEF", "0123456789abcdef0123456789abcdef"}) {
    const auto made = placeholder_of(secret);
    EXPECT_NE(made, secret);
    ASSERT_EQ(made.size(), secret.size());
    EXPECT_TRUE(made.starts_with(known_prefix(secret)));
    for (std::size_t i = 0; i < made.size(); ++i)
      EXPECT_EQ(kind_of(made[i]), kind_of(secret[i])) << secret << ' ' << made;
  }
}

TEST(Placeholder, OfHexadecimalDigitsIsOne) {
  const auto made = placeholder_of("deadbeef00112233445566778899aabb");
  EXPECT_EQ(made.find_first_not_of("0123456789abcdef"), std::string::npos) << made;
}

RC_GTEST_PROP(Placeholder, TellsNothingAboutTheSecretButItsShape, ()) {
  // Two secrets of one shape have the same placeholder: it was made from nothing else.
  const auto shape = *rc::gen::container<std::string>(40, rc::gen::element('a', 'A', '0', '-'));
  RC_PRE(std::count(shape.begin(), shape.end(), '-') < 20);
  std::string one = "z9";
  std::string other = "y8";  // 'z': neither looks hexadecimal
  for (const char c : shape) {
    one += c == '-' ? c : static_cast<char>(c + *rc::gen::inRange(0, 9));
    other += c == '-' ? c : static_cast<char>(c + *rc::gen::inRange(0, 9));
  }
  const auto made = make_placeholder(one, seed, "id", {});
  RC_ASSERT(made.has_value());
  RC_ASSERT(*made != one);
  if (one != *make_placeholder(other, seed, "id", {})) RC_ASSERT(*made == *make_placeholder(other, seed, "id", {}));
}

TEST(Placeholder, IsAnotherOneForAnotherLabelSeedOrWhenTaken) {
  const std::string secret = "sk-proj-abcdefghijkl0123";
  const auto first = placeholder_of(secret, "a");
  EXPECT_EQ(first, placeholder_of(secret, "a")) << "a restarted session knows it again";
  EXPECT_NE(first, placeholder_of(secret, "b"));
  EXPECT_NE(first, make_placeholder(secret, std::string(32, 't'), "a", {}).value());
  const auto second = make_placeholder(secret, seed, "a", {first});
  ASSERT_TRUE(second);
  EXPECT_NE(*second, first);
}

TEST(Placeholder, RefusesWhatWouldBeMetByChance) {
  for (const std::string_view secret : {"", "short", "1234567", "--------------", "a-b-c-------"}) {
    const auto made = make_placeholder(secret, seed, "x", {});
    ASSERT_FALSE(made) << secret;
    EXPECT_FALSE(made.error().remedy.empty());
    EXPECT_TRUE(secret.empty() || to_lines(made.error()).find(secret) == std::string::npos);
  }
  EXPECT_TRUE(make_placeholder("hunter2!", seed, "x", {}));
  EXPECT_TRUE(make_placeholder("sk-ab12cd", seed, "x", {})) << "the prefix changes where too little follows it";
  EXPECT_FALSE(make_placeholder("hunter2!hunter2!", "short seed", "x", {}));
}

std::string token_of(std::string_view header, std::string_view claims, std::string_view signature) {
  return to_base64url(header) + '.' + to_base64url(claims) + '.' + to_base64url(signature);
}

TEST(WebToken, PlaceholderIsOneThatDoesNotExpireAndIsNotSigned) {
  const std::string signature(64, 'S');
  const auto token = token_of(R"({"alg":"RS256"})",
                              R"({"exp":1700000000,"account":"acct-1","n":"k9Xv2Lq8Zt4Rb7Wm1Yc5Nd3"})", signature);
  const auto made = placeholder_of(token);
  EXPECT_EQ(made.size(), token.size());
  ASSERT_TRUE(is_web_token(made));
  const auto claims =
      json::read(*from_base64url(made.substr(made.find('.') + 1, made.rfind('.') - made.find('.') - 1)), "c");
  ASSERT_TRUE(claims);
  EXPECT_EQ(claims->find("exp")->as_int(), far_expiry_seconds);
  EXPECT_EQ(*claims->find("account")->as_string(), "acct-1") << "programs look at their claims";
  EXPECT_NE(*claims->find("n")->as_string(), "k9Xv2Lq8Zt4Rb7Wm1Yc5Nd3") << "but a secret among them is none";
  EXPECT_EQ(made.find(to_base64url(signature)), std::string::npos);
  EXPECT_NE(made, placeholder_of(token, "another"));
}

TEST(WebToken, WhatOnlyLooksLikeOneIsATextLikeAnyOther) {
  for (const std::string_view text :
       {"a.b.c", "eyJhbGciOiJub25lIn0..", "eyJhbGciOiJub25lIn0.eyJhIjoxfQ", "W10.W10.AAAA",
        "eyJhbGciOiJub25lIn0.eyJhIjoxfQ.!!!!", "eyJhbGciOiJub25lIn0.bm90IGpzb24.AAAA"})
    EXPECT_FALSE(is_web_token(text)) << text;
  EXPECT_TRUE(is_web_token("eyJhbGciOiJub25lIn0.eyJhIjoxfQ.")) << "no signature";
}

RC_GTEST_PROP(WebToken, Base64UrlReadsWhatItWrites, (const std::string& bytes)) {
  RC_ASSERT(from_base64url(to_base64url(bytes)) == bytes);
}

TEST(LooksSecret, KeysNamesPrefixesAndRandomTexts) {
  for (const auto& [key, value] :
       std::initializer_list<std::pair<const char*, const char*>>{{"apiKey", "hello-world-1"},
                                                                  {"API_KEY", "abcdefgh"},
                                                                  {"access_token", "abcdefgh"},
                                                                  {"password", "correct horse battery"},
                                                                  {"x", "ghp_16C7e42F292c6912E7710c838347Ae178B4a"},
                                                                  {"x", "k9Xv2Lq8Zt4Rb7Wm1Yc5Nd3Pf6"},
                                                                  {"Authorization", "Bearer abcdefgh"},
                                                                  {"url", "https://me:hunter2@example.com/x"},
                                                                  {"x", "-----BEGIN PRIVATE KEY-----\nMIIE"},
                                                                  {"x", "0123456789abcdef0123456789abcdef"}})
    EXPECT_TRUE(looks_secret(key, value)) << key << ' ' << value;
  for (const auto& [key, value] : std::initializer_list<std::pair<const char*, const char*>>{
           {"model", "claude-sonnet-4-20250514"},
           {"path", "/home/u/work/myproject2024backend"},
           {"theme", "dark-daltonized"},
           {"tokenType", "Bearer-style"},
           {"apiKeyHelper", "/bin/get-key"},
           {"id", "123e4567-e89b-12d3-a456-426614174000"},
           {"prompt", "Say what the secret of this function is. Then go on."},
           {"url", "https://example.com/a/b"},
           {"key", "short"}})
    EXPECT_FALSE(looks_secret(key, value)) << key << ' ' << value;
}

}  // namespace
}  // namespace bailey::credentials

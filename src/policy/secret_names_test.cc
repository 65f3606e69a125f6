#include "policy/secret_names.h"

#include <gtest/gtest.h>

#include <chrono>

#include "policy/builtin_secrets.h"

namespace bailey::policy {
namespace {

SecretNames compiled(const std::vector<std::string>& patterns) {
  auto names = SecretNames::compile(patterns);
  EXPECT_TRUE(names) << to_lines(names.error());
  return *names;
}

TEST(SecretNames, BuiltInPatternsFindSecretsAndLeaveTheRest) {
  const auto patterns = builtin_secret_patterns();
  ASSERT_TRUE(patterns) << to_lines(patterns.error());
  const auto names = compiled(*patterns);
  for (const auto* secret : {".env",
                             ".env.local",
                             ".env.production",
                             "prod.env",
                             ".ENV",
                             "server.pem",
                             "server.KEY",
                             "cert.p12",
                             "a.pfx",
                             "release.jks",
                             "id_rsa",
                             "id_dsa",
                             "id_ecdsa",
                             "id_ed25519",
                             "id_ed25519_work",
                             "id_rsa.bak",
                             ".netrc",
                             ".npmrc",
                             ".pypirc",
                             ".git-credentials",
                             "credentials.json",
                             "service-account.json",
                             "service-account-prod.json",
                             "vault.kdbx",
                             "terraform.tfstate",
                             "terraform.tfstate.backup",
                             "Id_Rsa"}) {
    EXPECT_TRUE(names.matches(secret)) << secret;
  }
  for (const auto* plain : {".env.example",
                            ".env.sample",
                            ".env.template",
                            ".env.production.example",
                            "id_rsa.pub",
                            "id_ed25519_work.pub",
                            "environment.ts",
                            ".envoy.yaml",
                            "env",
                            "main.c",
                            "README.md",
                            "package.json",
                            "keyboard.c",
                            "monkey",
                            "pem",
                            "credentials.py",
                            "tfstate.go",
                            "id_rs",
                            ".gitignore",
                            ""}) {
    EXPECT_FALSE(names.matches(plain)) << plain;
  }
}

TEST(SecretNames, TheLastPatternThatMatchesDecides) {
  EXPECT_TRUE(compiled({"*.pem"}).matches("test.pem"));
  EXPECT_FALSE(compiled({"*.pem", "!test.*"}).matches("test.pem"));
  EXPECT_TRUE(compiled({"*.pem", "!test.*", "t*.pem"}).matches("test.pem"));
  EXPECT_TRUE(compiled({"!test.*", "*.pem"}).matches("test.pem"));
}

TEST(SecretNames, WildcardsAnywhere) {
  const auto names = compiled({"*secret*", "a?c", "x*y*z"});
  EXPECT_TRUE(names.matches("MySecretFile.txt"));
  EXPECT_TRUE(names.matches("abc"));
  EXPECT_FALSE(names.matches("ac"));
  EXPECT_TRUE(names.matches("xyz"));
  EXPECT_TRUE(names.matches("x-y-y-z"));
  EXPECT_FALSE(names.matches("x-z"));
  EXPECT_TRUE(compiled({"*"}).matches("\xff\xfe"));
  EXPECT_TRUE(compiled({"a"}).matches("A"));
  EXPECT_TRUE(compiled({"*b"}).matches("b"));
  EXPECT_TRUE(compiled({"b*"}).matches("b"));
  EXPECT_FALSE(compiled({"ab"}).matches("a"));
  EXPECT_FALSE(compiled({"*ab"}).matches("b"));
  EXPECT_TRUE(compiled({"a?"}).matches("ax"));
  EXPECT_TRUE(compiled({"?a"}).matches("xa"));
}

TEST(SecretNames, BadPatternsAndTooManyOfThemAreRefused) {
  for (const auto* pattern : {"", "!", "a/b", "a\nb"}) EXPECT_FALSE(SecretNames::compile({pattern})) << pattern;
  EXPECT_TRUE(SecretNames::compile({std::string(SecretNames::pattern_bytes_max, 'a')}));
  EXPECT_FALSE(SecretNames::compile({std::string(SecretNames::pattern_bytes_max + 1, 'a')}));
  EXPECT_TRUE(SecretNames::compile(std::vector<std::string>(SecretNames::patterns_max, "a")));
  EXPECT_FALSE(SecretNames::compile(std::vector<std::string>(SecretNames::patterns_max + 1, "a")));
}

TEST(SecretNames, AHundredThousandNamesOrOneHostileNameTakeNoTime) {
  const auto names = compiled(builtin_secret_patterns().value());
  const auto start = std::chrono::steady_clock::now();
  auto found = 0;
  for (int i = 0; i < 100'000; ++i) found += names.matches(i % 2 == 0 ? "component_with_a_name.tsx" : ".gitattributes");
  EXPECT_EQ(found, 0);
  const auto nested = compiled({"*a*a*a*a*a*a*a*b"});
  EXPECT_FALSE(nested.matches(std::string(4096, 'a')));
  const auto elapsed = std::chrono::steady_clock::now() - start;
  // A few milliseconds in a release build; the bound only has to catch quadratic or worse, under sanitizers too.
  EXPECT_LT(elapsed, std::chrono::seconds(2));
  RecordProperty("microseconds",
                 std::to_string(std::chrono::duration_cast<std::chrono::microseconds>(elapsed).count()));
}

}  // namespace
}  // namespace bailey::policy

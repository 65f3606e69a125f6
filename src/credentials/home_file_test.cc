#include "credentials/home_file.h"

#include <gtest/gtest.h>

#include "credentials/placeholder.h"
#include "credentials/web_token.h"
#include "json/read.h"
#include "toml/parse.h"

namespace bailey::credentials {
namespace {

const std::string seed(placeholder_seed_bytes, 's');
const std::string token = "sk-ant-oat01-AAAAbbbb1111CCCCdddd2222";

policy::SecretRule rule() {
  return {.id = "login",
          .source = "",
          .hosts = {"api.example.com"},
          .methods = {},
          .paths = {},
          .uses = {{policy::SecretForm::bearer, {}}},
          .variable = {}};
}

Vault vault_with_login() {
  Vault vault(seed);
  EXPECT_TRUE(vault.put(rule(), SecretText(token)));
  return vault;
}

json::Value file_of(std::string_view text, Vault& vault, const std::vector<std::string>& selectors = {}) {
  const auto made = placeholder_file(text, "a.json", selectors, vault);
  EXPECT_TRUE(made) << to_lines(made.error());
  const auto read = json::read(made ? made->text : "null", "made");
  EXPECT_TRUE(read);
  return read ? *read : json::Value();
}

TEST(HomeFile, SecretsOfTheSessionBecomeTheirPlaceholders) {
  auto vault = vault_with_login();
  const auto placeholder = vault.find("login")->placeholder;
  const auto made = file_of(
      "{\"a\": {\"accessToken\": \"" + token + "\"}, \"h\": \"Bearer " + token + "\", \"" + token + "\": 1}", vault);
  EXPECT_EQ(*made.find("a")->find("accessToken")->as_string(), placeholder);
  EXPECT_EQ(*made.find("h")->as_string(), "Bearer " + placeholder);
  EXPECT_NE(made.find(placeholder), nullptr) << "keys too";
  EXPECT_EQ(vault.keep().secrets.size(), 1U);
}

TEST(HomeFile, APartOfASecretBecomesThatPartOfThePlaceholder) {
  auto vault = vault_with_login();
  const auto made = file_of("{\"approved\": [\"" + token.substr(token.size() - 20) + "\"]}", vault);
  const auto& placeholder = vault.find("login")->placeholder;
  EXPECT_EQ(*(*made.find("approved")->as_array())[0].as_string(), placeholder.substr(placeholder.size() - 20))
      << "programs keep the end of a key to know it again";
}

TEST(HomeFile, EverythingElseThatLooksLikeASecretBecomesACanary) {
  auto vault = vault_with_login();
  const std::string other = "xoxb-123456789012-AbCdEfGhIj";
  const auto made = file_of("{\"mcpServers\": {\"s\": {\"env\": {\"SLACK_TOKEN\": \"" + other +
                                "\"}, \"command\": \"npx\"}}, \"theme\": \"dark\"}",
                            vault);
  const auto& canary = *made.find("mcpServers")->find("s")->find("env")->find("SLACK_TOKEN")->as_string();
  EXPECT_NE(canary, other);
  EXPECT_EQ(canary.size(), other.size());
  EXPECT_TRUE(canary.starts_with("xoxb-"));
  EXPECT_EQ(*made.find("theme")->as_string(), "dark");
  ASSERT_EQ(vault.keep().secrets.size(), 2U);
  EXPECT_EQ(vault.keep().secrets[1].placeholder, canary);
  EXPECT_TRUE(vault.keep().secrets[1].hosts.empty());
}

TEST(HomeFile, WhatCantStandForAnythingIsLeftEmpty) {
  Vault vault(seed);
  const auto made = file_of(R"({"declared": "tiny", "password": "--------"})", vault, {"/declared", "/none"});
  EXPECT_EQ(*made.find("declared")->as_string(), "");
  EXPECT_EQ(*made.find("password")->as_string(), "");
}

TEST(HomeFile, ALoginDoesNotExpireInside) {
  auto vault = vault_with_login();
  const auto made = file_of(
      "{\"last_refresh\": \"2026-01-01T00:00:00.123Z\", \"o\": {\"accessToken\": \"" + token +
          "\", \"expiresAt\": 1700000000000, \"exp\": 1700000000, \"n\": 5}, \"p\": {\"expiresAt\": 1700000000000}}",
      vault);
  EXPECT_EQ(made.find("o")->find("expiresAt")->as_int(), far_expiry_seconds * 1000);
  EXPECT_EQ(made.find("o")->find("exp")->as_int(), far_expiry_seconds);
  EXPECT_EQ(made.find("o")->find("n")->as_int(), 5);
  EXPECT_EQ(*made.find("last_refresh")->as_string(), "2100-01-01T00:00:00Z");
  EXPECT_EQ(made.find("p")->find("expiresAt")->as_int(), 1700000000000) << "nothing beside it was replaced";
}

TEST(HomeFile, TomlIsRead) {
  auto vault = vault_with_login();
  const auto made =
      placeholder_file("model = 'x'\n[s.env]\nAPI_KEY = '" + token + "'\nOTHER_KEY = 'k9Xv2Lq8Zt4Rb7Wm1'\n", "c/a.toml",
                       {"model"}, vault);
  ASSERT_TRUE(made) << to_lines(made.error());
  const auto root = toml::parse(made->text, "made.toml");
  ASSERT_TRUE(root);
  EXPECT_EQ(std::get<std::string>(root->find("s")->find("env")->find("API_KEY")->data),
            vault.find("login")->placeholder);
  EXPECT_EQ(made->text.find("k9Xv2Lq8Zt4Rb7Wm1"), std::string::npos);
  EXPECT_EQ(std::get<std::string>(root->find("model")->data), "");
}

TEST(HomeFile, WhatIsNotUnderstoodStaysOut) {
  Vault vault(seed);
  for (const auto& [path, text] :
       {std::pair("a.json", "{\"a\": 1} // comment"), std::pair("a.json", "TOKEN=abc"),
        std::pair("a.yaml", "token: abc"), std::pair("a.toml", "x = "), std::pair("a.toml", "d = 2026-01-01\n")})
    EXPECT_FALSE(placeholder_file(text, path, {}, vault)) << text;
  const auto empty = placeholder_file("\n", "a.json", {}, vault);
  ASSERT_TRUE(empty);
  EXPECT_EQ(empty->text, "");
}

TEST(HomeFile, CopiesHaveNoSecretOfTheSessionInThem) {
  const auto vault = vault_with_login();
  std::string text = "export A=" + token + "\n" + token;
  EXPECT_EQ(replace_known(text, vault.keep()), 2U);
  EXPECT_EQ(text.find(token), std::string::npos);
}

}  // namespace
}  // namespace bailey::credentials

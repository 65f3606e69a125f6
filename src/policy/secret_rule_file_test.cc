// [[secret]], [[token]] and [[rule]] kind credential, as texts.
#include "policy/secret_rule_file.h"

#include <gtest/gtest.h>

#include "policy/credential_rule_file.h"
#include "policy/secret_source.h"
#include "policy/token_rule_file.h"
#include "toml/parse.h"

namespace bailey::policy {
namespace {

template <typename Rule>
std::string error_of(const Result<std::vector<Given<Rule>>>& rules) {
  return rules ? "no error" : to_lines(rules.error());
}

toml::Node tables(const std::string& text, const char* name) {
  const auto root = toml::parse(text, "c.toml");
  EXPECT_TRUE(root) << to_lines(root.error());
  return root ? *root->find(name) : toml::Node{};
}

Result<std::vector<Given<SecretRule>>> secrets(const std::string& members) {
  return read_secret_rules(tables("[[secret]]\n" + members, "secret"));
}
Result<std::vector<Given<TokenRule>>> tokens(const std::string& members) {
  return read_token_rules(tables("[[token]]\n" + members, "token"));
}
Result<std::vector<Given<CredentialRule>>> rules(const std::string& members) {
  return read_credential_rules(tables("[[rule]]\n" + members, "rule"));
}

TEST(SecretRuleFile, AllOfATableArrives) {
  const auto read = secrets(
      "id = 'npm'\nsource = 'env:NPM_TOKEN'\nhosts = ['registry.npmjs.org', '*.Example.com:8443']\n"
      "use = ['bearer', 'basic:me', 'query:key', 'json:/a/b']\nmethods = ['GET']\npaths = '/private/**'\nenv = "
      "'NPM_TOKEN'\npin = false\n");
  ASSERT_TRUE(read) << error_of(read);
  const auto& [rule, place] = read->front();
  EXPECT_EQ(rule.id, "npm");
  EXPECT_EQ(rule.source, "env:NPM_TOKEN");
  EXPECT_EQ(rule.hosts, (std::vector<std::string>{"registry.npmjs.org", "*.example.com:8443"}));
  EXPECT_EQ(rule.methods, std::vector<std::string>{"GET"});
  EXPECT_EQ(rule.paths, std::vector<std::string>{"/private/**"});
  const std::vector<SecretUse> uses = {
      {SecretForm::bearer, ""}, {SecretForm::basic, "me"}, {SecretForm::query, "key"}, {SecretForm::json, "/a/b"}};
  EXPECT_EQ(rule.uses, uses);
  EXPECT_EQ(rule.variable, "NPM_TOKEN");
  EXPECT_FALSE(rule.pinned);
  EXPECT_EQ(place, "c.toml:1:1");
}

TEST(SecretRuleFile, ShortFormsAndDefaults) {
  const auto read = secrets("source = 'file:.a/b.json#/Key'\nhosts = 'api.example.com'\nheader = 'X-Api-Key'\n");
  ASSERT_TRUE(read) << error_of(read);
  const auto& rule = read->front().value;
  EXPECT_EQ(rule.id, "a-b-json-key");
  EXPECT_EQ(to_string(rule.uses.front()), "header:X-Api-Key");
  EXPECT_TRUE(rule.pinned);
  EXPECT_TRUE(rule.variable.empty());
}

TEST(SecretRuleFile, MistakesAreErrorsWithAPlace) {
  const std::string good = "source = 'env:A'\nhosts = 'a.com'\nuse = 'bearer'\n";
  ASSERT_TRUE(secrets(good));
  for (const char* const bad : {"hosts = 'a.com'\nuse = 'bearer'\n", "source = 'env:A'\nuse = 'bearer'\n",
                                "source = 'env:A'\nhosts = 'a.com'\n", "source = 'env:A'\nhosts = []\nuse = 'bearer'\n",
                                "source = 'env:A'\nhosts = '*.com'\nuse = 'bearer'\n",
                                "source = 'env:A'\nhosts = '10.0.0.1'\nuse = 'bearer'\n"})
    EXPECT_NE(error_of(secrets(bad)).find("c.toml:"), std::string::npos) << bad;
  for (const char* const bad : {"typo = 1\n", "id = 'A b'\n", "id = '-a'\n", "id = ''\n", "env = 'LD_PRELOAD'\n",
                                "env = 'PATH'\n", "env = 'a b'\n", "pin = 'yes'\n", "methods = []\n", "paths = ['']\n"})
    EXPECT_NE(error_of(secrets(good + bad)).find("c.toml:"), std::string::npos) << bad;
  for (const char* const use :
       {"", "bearer:x", "header", "header:", "header:a b", "header:a\\r\\nb", "json:a", "query", "aws:x", "cookie:x"})
    EXPECT_NE(
        error_of(secrets(std::string("source = 'env:A'\nhosts = 'a.com'\nuse = \"") + use + "\"\n")).find("c.toml:"),
        std::string::npos)
        << use;
}

TEST(SecretRuleFile, HasLimits) {
  std::string many;
  for (std::size_t i = 0; i <= secret_rules_max; ++i)
    many += "[[secret]]\nid = 's" + std::to_string(i) + "'\nsource = 'env:A'\nhosts = 'a.com'\nuse = 'bearer'\n";
  EXPECT_NE(error_of(read_secret_rules(tables(many, "secret"))), "no error");
}

TEST(SecretSource, EveryKind) {
  const auto kind = [](std::string_view text) {
    const auto source = parse_secret_source(text);
    return source ? std::string(source_kind_words[static_cast<std::size_t>(source->kind)]) + '|' + source->name + '|' +
                        source->selector
                  : "error";
  };
  EXPECT_EQ(kind("env:A_B"), "env|A_B|");
  EXPECT_EQ(kind("secrets:A"), "secrets|A|");
  EXPECT_EQ(kind("file:.a/b"), "file|.a/b|");
  EXPECT_EQ(kind("file:.a/b#/c/d"), "file|.a/b|/c/d");
  EXPECT_EQ(kind("git-credential:https://a.com/x"), "git-credential|https://a.com/x|");
  EXPECT_EQ(kind("gh:github.com"), "gh|github.com|");
  EXPECT_EQ(kind("command:op read  op://a/b"), "command|op|");
  EXPECT_EQ(parse_secret_source("command:op read  op://a/b")->words,
            (std::vector<std::string>{"op", "read", "op://a/b"}));
  EXPECT_EQ(kind("keyring:a/b/c"), "keyring|a|b/c");
  for (const std::string_view bad : {"",
                                     "A",
                                     "env:",
                                     "env:a b",
                                     "env:1A",
                                     "file:/etc/passwd",
                                     "file:../x",
                                     "file:a/../../x",
                                     "file:a//b",
                                     "file:a#",
                                     "file:",
                                     "git-credential:ssh://a",
                                     "git-credential:a.com",
                                     "command: ",
                                     "keyring:a",
                                     "keyring:/b",
                                     "keyring:a/",
                                     "vault:x",
                                     "env:A\n",
                                     "file:a\x1b"})
    EXPECT_EQ(kind(bad), "error") << bad;
  EXPECT_EQ(kind("file:" + std::string(secret_source_bytes_max, 'x')), "error");
}

TEST(TokenRuleFile, EveryProvider) {
  const std::string use = "id = 't'\nhosts = 'api.github.com'\nuse = 'bearer'\n";
  const auto app = tokens(use +
                          "provider = 'github-app'\napp = '1'\nkey = 'file:app.pem'\npermissions = { contents = "
                          "'write', issues = 'read' }\n");
  ASSERT_TRUE(app) << error_of(app);
  EXPECT_EQ(app->front().value.api, "https://api.github.com");
  EXPECT_EQ(app->front().value.permissions.size(), 2U);
  const auto oauth = tokens(
      use +
      "provider = 'oauth-client'\ntoken_url = 'https://a.com/t'\nclient = 'c'\nkey = 'env:K'\nscopes = ['a', 'b']\n");
  ASSERT_TRUE(oauth) << error_of(oauth);
  EXPECT_EQ(oauth->front().value.scopes.size(), 2U);
  const auto command = tokens(use + "provider = 'command'\nmint = ['mint', 'x']\nrevoke = ['revoke']\n");
  ASSERT_TRUE(command) << error_of(command);
  EXPECT_EQ(command->front().value.mint.size(), 2U);
  for (const std::string& bad :
       {std::string("provider = 'other'\n"), std::string("mint = ['x']\n"), std::string("provider = 'command'\n"),
        std::string("provider = 'command'\nmint = []\n"),
        std::string("provider = 'command'\nmint = ['x']\napp = '1'\n"),
        std::string("provider = 'github-app'\napp = '1'\nkey = 'file:app.pem'\n"),
        std::string("provider = 'github-app'\napp = '1'\nkey = 'nonsense'\npermissions = { contents = 'write' }\n"),
        std::string("provider = 'github-app'\napp = '1'\nkey = 'file:a'\npermissions = { contents = 'all' }\n"),
        std::string("provider = 'oauth-client'\ntoken_url = 'http://a.com/t'\nclient = 'c'\nkey = 'env:K'\n")})
    EXPECT_NE(error_of(tokens(use + bad)).find("c.toml:"), std::string::npos) << bad;
  EXPECT_NE(error_of(tokens("provider = 'command'\nmint = ['x']\nhosts = 'a.com'\nuse = 'bearer'\n")), "no error")
      << "without an id";
}

TEST(CredentialRuleFile, MatchesAndMistakes) {
  const auto read = rules(
      "id = 'r'\nkind = 'credential'\naction = 'prompt'\ntier = 3\nreason = 'why'\n"
      "match = { op = ['ssh', 'sign'], name = 'SHA256:*', host = ['github.com', '*.example.com'] }\n");
  ASSERT_TRUE(read) << error_of(read);
  const auto& rule = read->front().value;
  EXPECT_EQ(rule.ops, (std::vector<CredentialOp>{CredentialOp::ssh, CredentialOp::sign}));
  EXPECT_EQ(rule.names, std::vector<std::string>{"SHA256:*"});
  EXPECT_EQ(rule.hosts.size(), 2U);
  EXPECT_EQ(rule.action, CredentialAction::prompt);
  EXPECT_EQ(rule.tier, 3);
  const std::string start = "id = 'r'\nkind = 'credential'\n";
  for (const char* const bad :
       {"action = 'allow'\n", "match = { op = 'use' }\n", "action = 'allow'\nmatch = { op = 'store' }\n",
        "action = 'allow'\nmatch = { op = [] }\n", "action = 'allow'\nmatch = { host = '*' }\n",
        "action = 'allow'\nmatch = { path = '/' }\n", "action = 'log'\nmatch = { op = 'use' }\nx = 1\n"})
    EXPECT_NE(error_of(rules(start + bad)).find("c.toml:"), std::string::npos) << bad;
  EXPECT_TRUE(rules("id = 'g'\nkind = 'git'\n")->empty()) << "of another kind: not looked at";
}

}  // namespace
}  // namespace bailey::policy

#include "policy/token_rule_file.h"

#include <fmt/format.h>

#include "policy/rule_fields.h"
#include "policy/secret_rule_file.h"
#include "policy/secret_source.h"

namespace bailey::policy {
namespace {

constexpr std::size_t url_bytes_max = 1024;
constexpr std::size_t word_bytes_max = 4096;
constexpr std::size_t entries_max = 50;
constexpr std::string_view github_api = "https://api.github.com";

Result<std::string> source(const toml::Node& table, std::string_view key) {
  auto text = TRY(required_text(table, key, secret_source_bytes_max));
  if (const auto parsed = parse_secret_source(text); !parsed) {
    Error error = parsed.error();
    return std::unexpected(std::move(error).within(to_string(table.find(key)->position)));
  }
  return text;
}

Result<std::vector<std::string>> texts(const toml::Node& table, std::string_view key) {
  std::vector<std::string> list;
  const auto add = [&](const toml::Node& node) -> Status {
    list.push_back(TRY(plain_text(node, key, word_bytes_max)));
    return {};
  };
  TRY_STATUS(read_one_or_more(table, key, entries_max, add));
  return list;
}

Status read_permissions(const toml::Node& table, TokenRule& rule) {
  const auto* node = table.find("permissions");
  const auto* members = node == nullptr ? nullptr : std::get_if<toml::Table>(&node->data);
  if (members == nullptr || members->empty())
    return toml::fail_at(table.position, "permissions must name what the token may do, e.g. { contents = \"read\" }");
  static constexpr std::string_view words[] = {"read", "write", "admin"};
  for (const auto& member : *members) {
    const auto word = TRY(toml::expect_word(member.value, words, member.key));
    rule.permissions.emplace_back(member.key, words[word]);
  }
  return {};
}

Status read_github_app(const toml::Node& table, TokenRule& rule) {
  rule.api = table.find("api") == nullptr ? std::string(github_api) : TRY(endpoint(table, "api"));
  rule.client = TRY(required_text(table, "app", url_bytes_max));
  rule.key = TRY(source(table, "key"));
  return read_permissions(table, rule);
}

Status read_oauth_client(const toml::Node& table, TokenRule& rule) {
  rule.api = TRY(endpoint(table, "token_url"));
  if (table.find("revoke_url") != nullptr) rule.revoke_url = TRY(endpoint(table, "revoke_url"));
  rule.client = TRY(required_text(table, "client", url_bytes_max));
  rule.key = TRY(source(table, "key"));
  rule.scopes = TRY(texts(table, "scopes"));
  return {};
}

Status read_command(const toml::Node& table, TokenRule& rule) {
  rule.mint = TRY(texts(table, "mint"));
  if (rule.mint.empty()) return toml::fail_at(table.position, "'mint' is missing");
  rule.revoke = TRY(texts(table, "revoke"));
  return {};
}

struct Provider {
  std::vector<std::string_view> keys;
  Status (*read)(const toml::Node&, TokenRule&);
};

Provider provider_of(TokenProvider provider) {
  switch (provider) {
    case TokenProvider::github_app:
      return {{"api", "app", "key", "permissions"}, read_github_app};
    case TokenProvider::oauth_client:
      return {{"token_url", "revoke_url", "client", "key", "scopes"}, read_oauth_client};
    case TokenProvider::command:
      break;
  }
  return {{"mint", "revoke"}, read_command};
}

}  // namespace

Result<Given<TokenRule>> read_token_rule(const toml::Node& table) {
  TokenRule rule;
  const auto* word = table.find("provider");
  if (word == nullptr) return toml::fail_at(table.position, "'provider' is missing");
  rule.provider = static_cast<TokenProvider>(TRY(toml::expect_word(*word, token_provider_words, "provider")));
  auto [keys, read] = provider_of(rule.provider);
  keys.insert(keys.end(), std::begin(secret_use_keys), std::end(secret_use_keys));
  keys.emplace_back("provider");
  TRY_STATUS(toml::expect_keys(table, keys, "token"));
  rule.use = TRY(read_use_members(table));
  if (rule.use.id.empty() || rule.use.uses.empty())
    return toml::fail_at(table.position, "a token needs 'id' and 'use'");
  TRY_STATUS(read(table, rule));
  return Given{std::move(rule), to_string(table.position)};
}

Result<std::vector<Given<TokenRule>>> read_token_rules(const toml::Node& node) {
  std::vector<Given<TokenRule>> rules;
  for (const auto& entry : *TRY(toml::expect_array(node, "token"))) {
    rules.push_back(TRY(read_token_rule(entry)));
    if (rules.size() > token_rules_max)
      return toml::fail_at(node.position, fmt::format("more than {} tokens", token_rules_max));
  }
  return rules;
}

}  // namespace bailey::policy

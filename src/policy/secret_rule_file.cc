#include "policy/secret_rule_file.h"

#include <fmt/format.h>

#include <algorithm>
#include <iterator>

#include "policy/checks.h"
#include "policy/domain_pattern.h"
#include "policy/rule_fields.h"
#include "policy/secret_source.h"

namespace bailey::policy {
namespace {

constexpr std::size_t use_bytes_max = 256;

// RFC 9110, "token".
bool is_token_character(char c) {
  return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
         std::string_view("!#$%&'*+-.^_`|~").find(c) != std::string_view::npos;
}

bool is_id(std::string_view id) {
  return !id.empty() && id.size() <= secret_id_bytes_max && id.front() != '-' &&
         std::ranges::all_of(id, [](char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '-'; });
}

// "env:NPM_TOKEN" is npm-token: for tables that name none.
std::string id_from(std::string_view source) {
  std::string id;
  for (const char c : source.substr(source.find(':') + 1)) {
    if (id.size() >= secret_id_bytes_max) break;
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) id += c;
    else if (c >= 'A' && c <= 'Z') id += static_cast<char>(c - 'A' + 'a');
    else if (!id.empty() && id.back() != '-') id += '-';
  }
  while (!id.empty() && id.back() == '-') id.pop_back();
  return id.empty() ? "secret" : id;
}

Status add_host(const toml::Node& node, SecretRule& rule) {
  const auto text = TRY(toml::expect_string(node, "an entry of hosts"));
  auto host = parse_domain_pattern(text);
  if (!host) return std::unexpected(std::move(host).error().within(to_string(node.position)));
  rule.hosts.push_back(std::move(*host));
  return {};
}

Status add_use(const toml::Node& node, SecretRule& rule) {
  auto use = parse_secret_use(TRY(plain_text(node, "use", use_bytes_max)));
  if (!use) return std::unexpected(std::move(use).error().within(to_string(node.position)));
  rule.uses.push_back(std::move(*use));
  return {};
}

auto add_text(std::vector<std::string>& list, std::string_view what, std::size_t bytes_max) {
  return [&list, what, bytes_max](const toml::Node& node) -> Status {
    list.push_back(TRY(plain_text(node, what, bytes_max)));
    return {};
  };
}

}  // namespace

Result<SecretUse> parse_secret_use(std::string_view text) {
  const auto colon = text.find(':');
  const auto* const word = std::ranges::find(secret_form_words, text.substr(0, colon));
  const std::string what = fmt::format("use '{}'", text);
  const std::string remedy = "write it as header:NAME, bearer, basic[:USER], query:NAME, json:/POINTER or aws";
  if (word == std::end(secret_form_words)) return fail(what, "nobody knows that form", remedy);
  SecretUse use{static_cast<SecretForm>(word - secret_form_words),
                colon == std::string_view::npos ? std::string() : std::string(text.substr(colon + 1))};
  const bool takes_name = use.form != SecretForm::bearer && use.form != SecretForm::aws;
  const bool needs_name = takes_name && use.form != SecretForm::basic;
  if (needs_name && use.name.empty()) return fail(what, "it needs a name", remedy);
  if (!takes_name && colon != std::string_view::npos) return fail(what, "it takes no name", remedy);
  if (use.form == SecretForm::header && !std::ranges::all_of(use.name, is_token_character))
    return fail(what, "that is not a name of an HTTP header", remedy);
  if (use.form == SecretForm::json && use.name.front() != '/')
    return fail(what, "a JSON pointer starts with '/'", remedy);
  return use;
}

std::string to_string(const SecretUse& use) {
  std::string text(secret_form_words[static_cast<std::size_t>(use.form)]);
  return use.name.empty() ? text : text + ':' + use.name;
}

Result<SecretRule> read_use_members(const toml::Node& table) {
  SecretRule rule;
  if (table.find("id") != nullptr) {
    rule.id = TRY(required_text(table, "id", secret_id_bytes_max));
    if (!is_id(rule.id)) return toml::fail_at(table.find("id")->position, "an id is made of a-z, 0-9 and '-'");
  }
  if (table.find("hosts") == nullptr) return toml::fail_at(table.position, "it needs the hosts that it is for");
  TRY_STATUS(read_one_or_more(table, "hosts", rule_hosts_max, [&](const toml::Node& n) { return add_host(n, rule); }));
  TRY_STATUS(read_one_or_more(table, "use", secret_uses_max, [&](const toml::Node& n) { return add_use(n, rule); }));
  TRY_STATUS(read_one_or_more(table, "methods", rule_methods_max,
                              add_text(rule.methods, "an entry of methods", rule_method_bytes_max)));
  TRY_STATUS(
      read_one_or_more(table, "paths", rule_paths_max, add_text(rule.paths, "an entry of paths", rule_path_bytes_max)));
  if (const auto* node = table.find("env")) {
    auto name = variable_name(TRY(toml::expect_string(*node, "env")));
    if (!name) return std::unexpected(std::move(name).error().within(to_string(node->position)));
    rule.variable = std::move(*name);
  }
  if (const auto* node = table.find("pin")) rule.pinned = TRY(toml::expect_bool(*node, "pin"));
  return rule;
}

Result<Given<SecretRule>> read_secret_rule(const toml::Node& table) {
  static constexpr std::string_view keys[] = {"id",     "hosts", "methods", "paths", "use",
                                              "header", "env",   "pin",     "source"};
  TRY_STATUS(toml::expect_keys(table, keys, "secret"));
  SecretRule rule = TRY(read_use_members(table));
  if (const auto* header = table.find("header")) {
    auto use = parse_secret_use("header:" + TRY(plain_text(*header, "header", use_bytes_max)));
    if (!use) return std::unexpected(std::move(use).error().within(to_string(header->position)));
    rule.uses.push_back(std::move(*use));
  }
  if (rule.uses.empty()) return toml::fail_at(table.position, "a secret needs 'use' (or 'header')");
  rule.source = TRY(required_text(table, "source", secret_source_bytes_max));
  if (rule.id.empty()) rule.id = id_from(rule.source);
  if (const auto source = parse_secret_source(rule.source); !source) {
    Error error = source.error();
    return std::unexpected(std::move(error).within(to_string(table.find("source")->position)));
  }
  return Given{std::move(rule), to_string(table.position)};
}

Result<std::vector<Given<SecretRule>>> read_secret_rules(const toml::Node& node) {
  std::vector<Given<SecretRule>> rules;
  for (const auto& entry : *TRY(toml::expect_array(node, "secret"))) {
    rules.push_back(TRY(read_secret_rule(entry)));
    if (rules.size() > secret_rules_max)
      return toml::fail_at(node.position, fmt::format("more than {} secrets", secret_rules_max));
  }
  return rules;
}

}  // namespace bailey::policy

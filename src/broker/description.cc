#include "broker/description.h"

#include <algorithm>

namespace bailey::broker {
namespace {

std::unexpected<Error> damaged(std::string_view key) {
  return fail("read what the broker was given", "'" + std::string(key) + "' is missing or malformed");
}

Result<std::string> text(const json::Value& value, std::string_view key) {
  const auto* member = value.find(key);
  if (member == nullptr || member->as_string() == nullptr) return damaged(key);
  return *member->as_string();
}

Result<std::vector<std::string>> texts(const json::Value& value, std::string_view key) {
  const auto* member = value.find(key);
  if (member == nullptr || member->as_array() == nullptr) return damaged(key);
  std::vector<std::string> list;
  for (const auto& each : *member->as_array()) {
    if (each.as_string() == nullptr) return damaged(key);
    list.push_back(*each.as_string());
  }
  return list;
}

template <std::size_t count>
Result<std::size_t> word(const std::string& given, const std::string_view (&words)[count], std::string_view key) {
  const auto* found = std::find(std::begin(words), std::end(words), given);
  if (found == std::end(words)) return damaged(key);
  return static_cast<std::size_t>(found - std::begin(words));
}

json::Value rule_json(const policy::CredentialRule& rule) {
  json::Array ops;
  for (const auto op : rule.ops) ops.emplace_back(policy::credential_op_words[static_cast<std::size_t>(op)]);
  return json::Object{{"id", rule.id},
                      {"ops", std::move(ops)},
                      {"names", json::Array(rule.names.begin(), rule.names.end())},
                      {"hosts", json::Array(rule.hosts.begin(), rule.hosts.end())},
                      {"action", policy::credential_action_words[static_cast<std::size_t>(rule.action)]},
                      {"reason", rule.reason},
                      {"tier", rule.tier}};
}

Result<policy::CredentialRule> rule_of(const json::Value& value) {
  policy::CredentialRule rule;
  rule.id = TRY(text(value, "id"));
  for (const auto& op : TRY(texts(value, "ops")))
    rule.ops.push_back(static_cast<policy::CredentialOp>(TRY(word(op, policy::credential_op_words, "ops"))));
  rule.names = TRY(texts(value, "names"));
  rule.hosts = TRY(texts(value, "hosts"));
  const auto action = TRY(text(value, "action"));
  rule.action = static_cast<policy::CredentialAction>(TRY(word(action, policy::credential_action_words, "action")));
  rule.reason = TRY(text(value, "reason"));
  const auto* tier = value.find("tier");
  rule.tier = tier == nullptr ? 0 : static_cast<int>(tier->as_int().value_or(0));
  return rule;
}

json::Value target_json(const credentials::GitCredentialTarget& target) {
  return json::Object{{"protocol", target.protocol},
                      {"host", target.host},
                      {"port", target.port},
                      {"path", target.path},
                      {"username", target.username}};
}

Result<credentials::GitCredentialTarget> target_of(const json::Value& value) {
  return credentials::GitCredentialTarget{.protocol = TRY(text(value, "protocol")),
                                          .host = TRY(text(value, "host")),
                                          .port = TRY(text(value, "port")),
                                          .path = TRY(text(value, "path")),
                                          .username = TRY(text(value, "username"))};
}

Result<credentials::SigningSetup> signing_of(const json::Value& value) {
  const auto* signing = value.find("signing");
  if (signing == nullptr) return damaged("signing");
  const auto format = TRY(text(*signing, "format"));
  return credentials::SigningSetup{
      .format = static_cast<credentials::SigningFormat>(TRY(word(format, credentials::signing_format_words, "format"))),
      .why = TRY(text(*signing, "why")),
      .key = TRY(text(*signing, "key")),
      .program = TRY(text(*signing, "program"))};
}

}  // namespace

json::Value to_json(const Description& description) {
  json::Array rules;
  for (const auto& rule : description.rules) rules.push_back(rule_json(rule));
  json::Array targets;
  for (const auto& target : description.targets) targets.push_back(target_json(target));
  const auto& signing = description.signing;
  return json::Object{
      {"rules", std::move(rules)},
      {"refused", description.refused},
      {"targets", std::move(targets)},
      {"name", description.signer.name},
      {"email", description.signer.email},
      {"signing", json::Object{{"format", credentials::signing_format_words[static_cast<std::size_t>(signing.format)]},
                               {"why", signing.why},
                               {"key", signing.key},
                               {"program", signing.program}}},
      {"home", description.home},
      {"directory", description.directory},
      {"base", description.base}};
}

Result<Description> description_from_json(const json::Value& value) {
  Description description;
  const auto* rules = value.find("rules");
  const auto* targets = value.find("targets");
  if (rules == nullptr || rules->as_array() == nullptr) return damaged("rules");
  if (targets == nullptr || targets->as_array() == nullptr) return damaged("targets");
  for (const auto& rule : *rules->as_array()) description.rules.push_back(TRY(rule_of(rule)));
  for (const auto& target : *targets->as_array()) description.targets.push_back(TRY(target_of(target)));
  description.refused = TRY(text(value, "refused"));
  description.signer = {TRY(text(value, "name")), TRY(text(value, "email"))};
  description.signing = TRY(signing_of(value));
  description.home = TRY(text(value, "home"));
  description.directory = TRY(text(value, "directory"));
  description.base = TRY(text(value, "base"));
  return description;
}

}  // namespace bailey::broker

#include "broker/description.h"

#include "json/members.h"

namespace bailey::broker {
namespace {

constexpr std::string_view what = "read what the broker was given";

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
  const json::Members members(value, what);
  policy::CredentialRule rule;
  rule.id = TRY(members.text("id"));
  for (const auto& op : TRY(members.texts("ops")))
    rule.ops.push_back(
        static_cast<policy::CredentialOp>(TRY(members.index_of("ops", op, policy::credential_op_words))));
  rule.names = TRY(members.texts("names"));
  rule.hosts = TRY(members.texts("hosts"));
  rule.action = static_cast<policy::CredentialAction>(TRY(members.word("action", policy::credential_action_words)));
  rule.reason = TRY(members.text("reason"));
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
  const json::Members members(value, what);
  return credentials::GitCredentialTarget{.protocol = TRY(members.text("protocol")),
                                          .host = TRY(members.text("host")),
                                          .port = TRY(members.text("port")),
                                          .path = TRY(members.text("path")),
                                          .username = TRY(members.text("username"))};
}

Result<credentials::SigningSetup> signing_of(const json::Value& value) {
  const json::Members members(value, what);
  return credentials::SigningSetup{
      .format = static_cast<credentials::SigningFormat>(TRY(members.word("format", credentials::signing_format_words))),
      .why = TRY(members.text("why")),
      .key = TRY(members.text("key")),
      .program = TRY(members.text("program"))};
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
  const json::Members members(value, what);
  for (const auto& rule : *TRY(members.array("rules"))) description.rules.push_back(TRY(rule_of(rule)));
  for (const auto& target : *TRY(members.array("targets"))) description.targets.push_back(TRY(target_of(target)));
  description.refused = TRY(members.text("refused"));
  description.signer = {TRY(members.text("name")), TRY(members.text("email"))};
  const auto* signing = TRY(members.any("signing"));
  description.signing = TRY(signing_of(*signing));
  description.home = TRY(members.text("home"));
  description.directory = TRY(members.text("directory"));
  description.base = TRY(members.text("base"));
  return description;
}

}  // namespace bailey::broker

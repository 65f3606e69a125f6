#include "git/remote_service.h"

#include <algorithm>

namespace bailey::git {
namespace {

std::unexpected<Error> damaged(std::string_view key) {
  return fail("read what a remote's service was given", "'" + std::string(key) + "' is missing or malformed");
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

json::Array array_of(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

}  // namespace

json::Value to_json(const GuardedRemote& remote) {
  return json::Object{{"key", remote.key},
                      {"name", remote.name},
                      {"path", remote.path},
                      {"url", remote.url},
                      {"push_url", remote.push_url}};
}

Result<GuardedRemote> guarded_remote_from_json(const json::Value& value) {
  return GuardedRemote{.key = TRY(text(value, "key")),
                       .name = TRY(text(value, "name")),
                       .path = TRY(text(value, "path")),
                       .url = TRY(text(value, "url")),
                       .push_url = TRY(text(value, "push_url"))};
}

json::Value to_json(const policy::GitRule& rule) {
  json::Array ops;
  for (const auto op : rule.ops) ops.emplace_back(policy::git_op_words[static_cast<std::size_t>(op)]);
  return json::Object{{"id", rule.id},
                      {"ops", std::move(ops)},
                      {"remotes", array_of(rule.remotes)},
                      {"refs", array_of(rule.refs)},
                      {"action", policy::git_action_words[static_cast<std::size_t>(rule.action)]},
                      {"reason", rule.reason},
                      {"tier", rule.tier}};
}

Result<policy::GitRule> git_rule_from_json(const json::Value& value) {
  policy::GitRule rule;
  rule.id = TRY(text(value, "id"));
  for (const auto& op : TRY(texts(value, "ops")))
    rule.ops.push_back(static_cast<policy::GitOp>(TRY(word(op, policy::git_op_words, "ops"))));
  rule.remotes = TRY(texts(value, "remotes"));
  rule.refs = TRY(texts(value, "refs"));
  const auto action = TRY(text(value, "action"));
  rule.action = static_cast<policy::GitAction>(TRY(word(action, policy::git_action_words, "action")));
  rule.reason = TRY(text(value, "reason"));
  const auto* tier = value.find("tier");
  rule.tier = tier == nullptr ? 0 : static_cast<int>(tier->as_int().value_or(0));
  return rule;
}

json::Value to_json(const RemoteService& service) {
  json::Array rules;
  for (const auto& rule : service.rules) rules.push_back(to_json(rule));
  json::Array stand_ins;
  for (const auto& each : service.stand_ins) stand_ins.push_back(json::Object{{"id", each.id}, {"text", each.text}});
  return json::Object{{"remote", to_json(service.remote)}, {"index", service.index},
                      {"host", service.host_git_dir},      {"rules", std::move(rules)},
                      {"refused", service.refused},        {"stand_ins", std::move(stand_ins)}};
}

Result<RemoteService> remote_service_from_json(const json::Value& value) {
  const auto* remote = value.find("remote");
  const auto* index = value.find("index");
  const auto* rules = value.find("rules");
  if (remote == nullptr) return damaged("remote");
  if (index == nullptr || !index->as_uint()) return damaged("index");
  if (rules == nullptr || rules->as_array() == nullptr) return damaged("rules");
  const auto* stand_ins = value.find("stand_ins");
  if (stand_ins == nullptr || stand_ins->as_array() == nullptr) return damaged("stand_ins");
  RemoteService service{.remote = TRY(guarded_remote_from_json(*remote)),
                        .index = static_cast<std::size_t>(*index->as_uint()),
                        .host_git_dir = TRY(text(value, "host")),
                        .rules = {},
                        .refused = TRY(text(value, "refused"))};
  for (const auto& rule : *rules->as_array()) service.rules.push_back(TRY(git_rule_from_json(rule)));
  for (const auto& each : *stand_ins->as_array())
    service.stand_ins.push_back({.id = TRY(text(each, "id")), .text = TRY(text(each, "text"))});
  return service;
}

}  // namespace bailey::git

#include "git/remote_service.h"

#include "json/members.h"

namespace bailey::git {
namespace {

constexpr std::string_view what = "read what a remote's service was given";

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
  const json::Members members(value, what);
  return GuardedRemote{.key = TRY(members.text("key")),
                       .name = TRY(members.text("name")),
                       .path = TRY(members.text("path")),
                       .url = TRY(members.text("url")),
                       .push_url = TRY(members.text("push_url"))};
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
  const json::Members members(value, what);
  policy::GitRule rule;
  rule.id = TRY(members.text("id"));
  for (const auto& op : TRY(members.texts("ops")))
    rule.ops.push_back(static_cast<policy::GitOp>(TRY(members.index_of("ops", op, policy::git_op_words))));
  rule.remotes = TRY(members.texts("remotes"));
  rule.refs = TRY(members.texts("refs"));
  rule.action = static_cast<policy::GitAction>(TRY(members.word("action", policy::git_action_words)));
  rule.reason = TRY(members.text("reason"));
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
  const json::Members members(value, what);
  const auto* remote = TRY(members.any("remote"));
  const auto index = TRY(members.any("index"))->as_uint();
  if (!index) return members.damaged("index");
  const auto* rules = TRY(members.array("rules"));
  const auto* stand_ins = TRY(members.array("stand_ins"));
  RemoteService service{.remote = TRY(guarded_remote_from_json(*remote)),
                        .index = static_cast<std::size_t>(*index),
                        .host_git_dir = TRY(members.text("host")),
                        .rules = {},
                        .refused = TRY(members.text("refused"))};
  for (const auto& rule : *rules) service.rules.push_back(TRY(git_rule_from_json(rule)));
  for (const auto& each : *stand_ins) {
    const json::Members stand_in(each, what);
    service.stand_ins.push_back({.id = TRY(stand_in.text("id")), .text = TRY(stand_in.text("text"))});
  }
  return service;
}

}  // namespace bailey::git

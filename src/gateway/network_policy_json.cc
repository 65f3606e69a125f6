// The policy as text and back. The writer is the supervisor, so a wrong text is a bug or an attack: it is refused
// whole.
#include <fmt/format.h>

#include <algorithm>
#include <span>

#include "base/text.h"
#include "gateway/network_policy.h"
#include "json/read.h"
#include "json/write.h"
#include "policy/address_range.h"

namespace bailey::gateway {
namespace {

constexpr json::ReadLimits policy_limits{.bytes_max = std::size_t{16} << 20,
                                         .depth_max = 6,
                                         .string_bytes_max = 4096,
                                         .members_max = policy::network_rules_max,
                                         .values_max = 1'000'000};
constexpr std::string_view mode_words[] = {"proxy", "allow_all"};
constexpr std::string_view action_words[] = {"allow", "block", "prompt"};

// Names of the limits; one table for both directions.
struct Wide {
  std::string_view key;
  std::uint64_t NetworkLimits::*member;
};
struct Narrow {
  std::string_view key;
  std::uint32_t NetworkLimits::*member;
};
constexpr Wide wide_limits[] = {
    {"upload_request_bytes_max", &NetworkLimits::upload_request_bytes_max},
    {"upload_session_bytes_max", &NetworkLimits::upload_session_bytes_max},
    {"bytes_per_second_max", &NetworkLimits::bytes_per_second_max},
};
constexpr Narrow narrow_limits[] = {
    {"connections_max", &NetworkLimits::connections_max},
    {"connections_per_host_max", &NetworkLimits::connections_per_host_max},
    {"requests_per_minute_per_host_max", &NetworkLimits::requests_per_minute_per_host_max},
    {"requests_per_minute_max", &NetworkLimits::requests_per_minute_max},
    {"idle_seconds_max", &NetworkLimits::idle_seconds_max},
    {"header_seconds_max", &NetworkLimits::header_seconds_max},
};

json::Array texts(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

// Members that say nothing are left out: ten thousand rules are mostly an id and a host.
json::Value to_json(const NetworkRule& rule) {
  json::Value value = json::Object{};
  value.set("id", rule.id);
  value.set("action", action_words[static_cast<std::size_t>(rule.action)]);
  if (!rule.hosts.empty()) value.set("hosts", texts(rule.hosts));
  if (!rule.ports.empty()) value.set("ports", json::Array(rule.ports.begin(), rule.ports.end()));
  if (!rule.methods.empty()) value.set("methods", texts(rule.methods));
  if (!rule.paths.empty()) value.set("paths", texts(rule.paths));
  if (rule.upload_request_bytes_max) value.set("upload_request_bytes_max", *rule.upload_request_bytes_max);
  if (rule.inspect) value.set("inspect", true);
  if (rule.allow_private) value.set("allow_private", true);
  if (rule.allow_no_sni) value.set("allow_no_sni", true);
  if (!rule.reason.empty()) value.set("reason", rule.reason);
  if (rule.tier != 0) value.set("tier", rule.tier);
  return value;
}

std::unexpected<Error> refuse(std::string_view what, std::string why) {
  return fail(fmt::format("network policy: {}", what), std::move(why));
}

Status expect_keys(const json::Value& object, std::span<const std::string_view> known, std::string_view what) {
  if (object.as_object() == nullptr) return refuse(what, fmt::format("it is {}, not an object", object.kind()));
  for (const auto& [key, value] : *object.as_object()) {
    if (std::ranges::find(known, key) == known.end()) {
      return refuse(what, fmt::format("unknown member '{}'", visible(key)));
    }
  }
  return {};
}

Result<std::size_t> word(const json::Value& object, std::string_view key, std::span<const std::string_view> words) {
  const auto* value = object.find(key);
  const auto* text = value == nullptr ? nullptr : value->as_string();
  const auto found = text == nullptr ? words.end() : std::ranges::find(words, *text);
  if (found == words.end()) return refuse(key, "it is missing or none of the known words");
  return static_cast<std::size_t>(found - words.begin());
}

Result<std::string> text_of(const json::Value& object, std::string_view key, std::size_t bytes_max) {
  const auto* value = object.find(key);
  if (value == nullptr) return std::string();
  const auto* text = value->as_string();
  if (text == nullptr || text->size() > bytes_max) return refuse(key, fmt::format("no text of {} bytes", bytes_max));
  return *text;
}

Result<std::uint64_t> number_of(const json::Value& value, std::string_view key, std::uint64_t most) {
  const auto number = value.as_uint();
  if (!number || *number > most) return refuse(key, fmt::format("no whole number up to {}", most));
  return *number;
}

Result<bool> flag_of(const json::Value& object, std::string_view key) {
  const auto* value = object.find(key);
  if (value == nullptr) return false;
  if (!value->as_bool()) return refuse(key, "it is neither true nor false");
  return *value->as_bool();
}

Result<const json::Array*> list_of(const json::Value& object, std::string_view key, std::size_t entries_max) {
  static const json::Array nothing;
  const auto* value = object.find(key);
  if (value == nullptr) return &nothing;
  const auto* list = value->as_array();
  if (list == nullptr || list->size() > entries_max) return refuse(key, fmt::format("no list of {}", entries_max));
  return list;
}

Result<std::vector<std::string>> texts_of(const json::Value& object, std::string_view key, std::size_t entries_max,
                                          std::size_t bytes_max) {
  std::vector<std::string> list;
  for (const auto& entry : *TRY(list_of(object, key, entries_max))) {
    const auto* text = entry.as_string();
    if (text == nullptr || text->empty() || text->size() > bytes_max) {
      return refuse(key, fmt::format("an entry is no text of 1 to {} bytes", bytes_max));
    }
    list.push_back(*text);
  }
  return list;
}

Result<std::vector<std::string>> hosts_of(const json::Value& object) {
  auto hosts = TRY(texts_of(object, "hosts", policy::rule_hosts_max, policy::rule_id_bytes_max));
  for (const auto& host : hosts) {
    const auto canonical = TRY(policy::parse_rule_host(host));
    if (canonical != host) return refuse("hosts", fmt::format("'{}' is not canonical", visible(host)));
  }
  return hosts;
}

Result<NetworkRule> rule_of(const json::Value& value) {
  static constexpr std::string_view keys[] = {
      "id",      "action",        "hosts",        "ports",  "methods", "paths", "upload_request_bytes_max",
      "inspect", "allow_private", "allow_no_sni", "reason", "tier"};
  TRY_STATUS(expect_keys(value, keys, "a rule"));
  NetworkRule rule;
  rule.id = TRY(text_of(value, "id", policy::rule_id_bytes_max));
  if (rule.id.empty()) return refuse("a rule", "it has no id");
  rule.action = static_cast<RuleAction>(TRY(word(value, "action", action_words)));
  rule.hosts = TRY(hosts_of(value));
  if (rule.hosts.empty() && rule.action == RuleAction::allow) return refuse(rule.id, "it allows without naming a host");
  for (const auto& port : *TRY(list_of(value, "ports", policy::rule_ports_max))) {
    rule.ports.push_back(static_cast<std::uint16_t>(TRY(number_of(port, "ports", 65535))));
    if (rule.ports.back() == 0) return refuse("ports", "0 is no port");
  }
  rule.methods = TRY(texts_of(value, "methods", policy::rule_methods_max, policy::rule_method_bytes_max));
  rule.paths = TRY(texts_of(value, "paths", policy::rule_paths_max, policy::rule_path_bytes_max));
  if (const auto* most = value.find("upload_request_bytes_max")) {
    rule.upload_request_bytes_max = TRY(number_of(*most, "upload_request_bytes_max", UINT64_MAX));
  }
  rule.inspect = TRY(flag_of(value, "inspect"));
  rule.allow_private = TRY(flag_of(value, "allow_private"));
  rule.allow_no_sni = TRY(flag_of(value, "allow_no_sni"));
  rule.reason = TRY(text_of(value, "reason", policy::rule_reason_bytes_max));
  if (const auto* tier = value.find("tier")) rule.tier = static_cast<int>(TRY(number_of(*tier, "tier", 5)));
  return rule;
}

// Every limit must be there: one that is missing would be one that somebody dropped.
Result<NetworkLimits> limits_of(const json::Value& root) {
  const auto* value = root.find("limits");
  if (value == nullptr) return refuse("limits", "they are missing");
  std::vector<std::string_view> keys;
  for (const auto& limit : wide_limits) keys.push_back(limit.key);
  for (const auto& limit : narrow_limits) keys.push_back(limit.key);
  TRY_STATUS(expect_keys(*value, keys, "limits"));
  NetworkLimits limits;
  for (const auto& [key, member] : wide_limits) {
    if (value->find(key) == nullptr) return refuse(key, "it is missing");
    limits.*member = TRY(number_of(*value->find(key), key, UINT64_MAX));
  }
  for (const auto& [key, member] : narrow_limits) {
    if (value->find(key) == nullptr) return refuse(key, "it is missing");
    limits.*member = static_cast<std::uint32_t>(TRY(number_of(*value->find(key), key, UINT32_MAX)));
  }
  return limits;
}

}  // namespace

std::string to_json_text(Mode mode, const std::vector<NetworkRule>& rules, const NetworkLimits& limits) {
  json::Value root;
  root.set("mode", mode_words[static_cast<std::size_t>(mode)]);
  json::Value bounds = json::Object{};
  for (const auto& [key, member] : wide_limits) bounds.set(std::string(key), limits.*member);
  for (const auto& [key, member] : narrow_limits) bounds.set(std::string(key), limits.*member);
  root.set("limits", std::move(bounds));
  json::Array list;
  for (const auto& rule : rules) list.push_back(to_json(rule));
  root.set("rules", std::move(list));
  return json::write(root);
}

Result<NetworkPolicy> policy_from_json(std::string_view text) {
  static constexpr std::string_view keys[] = {"mode", "limits", "rules"};
  const auto root = TRY(json::read(text, "network policy", policy_limits));
  TRY_STATUS(expect_keys(root, keys, "the policy"));
  const auto mode = static_cast<Mode>(TRY(word(root, "mode", mode_words)));
  const auto limits = TRY(limits_of(root));
  if (root.find("rules") == nullptr) return refuse("rules", "they are missing");
  std::vector<NetworkRule> rules;
  for (const auto& value : *TRY(list_of(root, "rules", policy::network_rules_max)))
    rules.push_back(TRY(rule_of(value)));
  return NetworkPolicy(mode, std::move(rules), limits);
}

}  // namespace bailey::gateway

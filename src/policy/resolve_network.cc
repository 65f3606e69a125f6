#include "policy/resolve_network.h"

#include <fmt/format.h>

#include <algorithm>
#include <unordered_set>

#include "policy/builtin_allowlist.h"
#include "policy/domain_pattern.h"
#include "policy/quantity.h"

namespace bailey::policy {
namespace {

NetworkRule rule_of(std::string_view kind, const std::string& pattern, std::string reason = {}) {
  const auto parts = parts_of(pattern);
  NetworkRule rule{.id = fmt::format("{}:{}", kind, pattern), .reason = std::move(reason)};
  rule.hosts.push_back((parts.reach == Reach::domain ? "*." : "") + std::string(parts.host));
  if (parts.port) rule.ports.push_back(*parts.port);
  return rule;
}

// Whether every list of the administrator covers a pattern.
bool is_within_bounds(const Layers& layers, std::string_view pattern) {
  return std::ranges::all_of(layers.bounds, [&](const Values& values) {
    return !values.allow_domains || std::ranges::any_of(*values.allow_domains, [&](const Given<std::string>& bound) {
      return covers(bound.value, pattern);
    });
  });
}

bool is_within_bounds(const Layers& layers, const NetworkRule& rule) {
  return std::ranges::all_of(rule.hosts, [&](const std::string& host) {
    if (rule.ports.empty()) return is_within_bounds(layers, host);
    return std::ranges::all_of(
        rule.ports, [&](std::uint16_t port) { return is_within_bounds(layers, fmt::format("{}:{}", host, port)); });
  });
}

class Merger {
 public:
  Merger(const Layers& layers, SessionPlan& plan) : layers_(layers), plan_(plan) {}

  void add(NetworkRule rule, Origin origin) { plan_.network_rules.push_back({std::move(rule), std::move(origin)}); }

  void add_administrator() {
    for (const auto& bound : layers_.bounds) {
      for (const auto& [rule, place] : bound.rules) add(rule, {Layer::administrator, place, {}});
    }
  }

  // A list's entry that an earlier one of the same list names already is left out.
  void add_domains(Layer layer, std::string_view kind) {
    for (const auto& domain : plan_.allow_domains) {
      if (domain.origin.layer == layer) add(rule_of(kind, domain.value), domain.origin);
    }
  }

  template <typename Choose>
  void add_rules(Layer layer, Choose is_chosen) {
    for (const auto& values : layers_.layers) {
      if (values.layer != layer) continue;
      for (const auto& [rule, place] : values.values.rules) {
        if (is_chosen(rule)) add_checked(rule, {layer, place, values.by});
      }
    }
  }

  void add_allowlist(Layer layer, std::string_view kind) {
    for (const auto& values : layers_.layers) {
      if (values.layer != layer || !values.values.allowlist) continue;
      const auto& list = *values.values.allowlist;
      if (layer == Layer::project && layers_.project_trust == Trust::untrusted) {
        if (list.empty()) continue;
        note_project(plan_.notes, "allowlist", fmt::format("{} patterns", list.size()), {layer, list[0].place, {}},
                     ProjectRights::as_trusted);
        continue;
      }
      std::unordered_set<std::string_view> known;
      for (const auto& [pattern, place] : list) {
        if (!known.insert(pattern).second) continue;
        add_checked(rule_of(kind, pattern), {layer, place, {}});
      }
    }
  }

  void add_manifest() {
    const auto& agent = plan_.agent;
    const auto is_builtin = agent.place == "built in";
    const Origin origin{is_builtin ? Layer::builtin : Layer::user, is_builtin ? "" : agent.place,
                        "agent " + agent.name};
    for (const auto& host : agent.hosts) {
      if (is_within_bounds(layers_, host)) add(rule_of("agent", host, agent.title + " needs it"), origin);
    }
  }

  Status add_builtin() {
    for (auto& [pattern, reason, takes] : TRY(builtin_allowlist())) {
      if (is_within_bounds(layers_, pattern)) add(rule_of("allowlist", pattern, std::move(reason)), {});
    }
    return {};
  }

 private:
  void add_checked(NetworkRule rule, const Origin& origin) {
    const auto is_project = origin.layer == Layer::project;
    if (rule.action == RuleAction::allow && is_project && layers_.project_trust == Trust::untrusted) {
      note_project(plan_.notes, "rule", rule.id, origin, ProjectRights::as_trusted);
    } else if (is_project && (rule.allow_private || rule.allow_no_sni)) {
      note_project(plan_.notes, "rule", rule.id, origin, ProjectRights::never_loosen);
    } else if (rule.action == RuleAction::allow && !is_within_bounds(layers_, rule)) {
      plan_.notes.push_back(
          fmt::format("rule: {} from {} is left out: the administrator's allow_domains do not cover it", rule.id,
                      to_string(origin)));
    } else {
      clamp_upload(rule, origin);
      add(std::move(rule), origin);
    }
  }

  void clamp_upload(NetworkRule& rule, const Origin& origin) {
    for (const auto& bound : layers_.bounds) {
      const auto& most = bound.network_upload_request;
      if (!most || rule.upload_request_bytes_max.value_or(0) <= most->value) continue;
      note_beyond_bound(plan_.notes, "rule " + rule.id, format_size(*rule.upload_request_bytes_max), origin,
                        format_size(most->value), most->place);
      rule.upload_request_bytes_max = most->value;
    }
  }

  const Layers& layers_;
  SessionPlan& plan_;
};

}  // namespace

Status merge_network_rules(const Layers& layers, SessionPlan& plan) {
  const OrderedKey<DefaultList> builtin{
      "default_allowlist", &Values::default_allowlist, DefaultList::yes,
      [](const DefaultList& value) { return value == DefaultList::yes ? "true" : "false"; }};
  plan.default_allowlist = TRY(merge_ordered(builtin, layers, plan.notes));
  const auto is_block = [](const NetworkRule& rule) { return rule.action == RuleAction::block; };
  const auto is_other = [](const NetworkRule& rule) { return rule.action != RuleAction::block; };
  const auto is_any = [](const NetworkRule&) { return true; };
  Merger merger(layers, plan);
  merger.add_administrator();
  merger.add_domains(Layer::flags, "flag");
  merger.add_rules(Layer::project, is_block);
  merger.add_rules(Layer::user, is_any);
  merger.add_domains(Layer::user, "user");
  merger.add_allowlist(Layer::user, "user");
  merger.add_rules(Layer::project, is_other);
  merger.add_domains(Layer::project, "project");
  merger.add_allowlist(Layer::project, "project");
  merger.add_manifest();
  if (plan.default_allowlist.value == DefaultList::yes) TRY_STATUS(merger.add_builtin());
  if (plan.network_rules.size() <= network_rules_max) return {};
  return fail("network rules", fmt::format("more than {} in all layers together", network_rules_max),
              "join hosts with *.");
}

Status merge_network_limits(const Layers& layers, SessionPlan& plan) {
  for (const auto& limit : network_limit_keys) {
    const OrderedKey<std::uint64_t> key{limit.name, limit.given, limit.initial,
                                        [](const std::uint64_t& value) { return std::to_string(value); }};
    plan.network_limits.push_back({limit.name, TRY(merge_ordered(key, layers, plan.notes))});
  }
  return {};
}

NetworkLimits limits_of(const SessionPlan& plan) {
  NetworkLimits limits;
  for (const auto& limit : network_limit_keys) {
    for (const auto& [name, setting] : plan.network_limits) {
      if (name == limit.name) limit.set(limits, setting.value);
    }
  }
  return limits;
}

}  // namespace bailey::policy

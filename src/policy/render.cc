#include "policy/render.h"

#include <fmt/format.h>

#include "base/text.h"
#include "policy/quantity.h"
#include "policy/secret_rule_file.h"
#include "policy/session_name.h"
#include "policy/values.h"

namespace bailey::policy {
namespace {

constexpr std::size_t rules_shown_max = 50;  // for people; --json has them all

// A value under its name in two objects: what it is, and who set it.
class Group {
 public:
  template <typename T>
  void add(const char* name, const T& value, const Origin& origin) {
    values.set(name, value);
    origins.set(name, to_string(origin));
  }

  template <typename T, typename Text>
  void add_list(const char* name, const std::vector<Setting<T>>& settings, Text text) {
    json::Array list;
    json::Array list_origins;
    for (const auto& setting : settings) {
      list.emplace_back(std::string_view(text(setting.value)));
      list_origins.emplace_back(to_string(setting.origin));
    }
    values.set(name, std::move(list));
    origins.set(name, std::move(list_origins));
  }

  json::Value values = json::Object{};
  json::Value origins = json::Object{};
};

json::Array texts(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

Group machine_limits_of(const SessionPlan& plan) {
  const auto& limits = plan.limits;
  Group group;
  group.add("cpus", limits.cpus.value, limits.cpus.origin);
  group.add("memory_bytes", limits.memory_bytes.value, limits.memory_bytes.origin);
  group.add("pids", limits.pids.value, limits.pids.origin);
  group.add("disk_bytes", limits.disk_bytes.value, limits.disk_bytes.origin);
  group.add("open_files", limits.open_files.value, limits.open_files.origin);
  return group;
}

// null for a limit that is none.
json::Value limit_value(const Setting<std::uint64_t>& setting) {
  return setting.value == network_unlimited ? json::Value(nullptr) : json::Value(setting.value);
}

Group network_limits_of(const SessionPlan& plan) {
  Group group;
  for (const auto& [name, setting] : plan.network_limits) {
    group.add(std::string(name).c_str(), limit_value(setting), setting.origin);
  }
  return group;
}

std::string_view action_of(const NetworkRule& rule) {
  static constexpr std::string_view words[] = {"allow", "block", "prompt"};
  return words[static_cast<std::size_t>(rule.action)];
}

// The default list and the manifest's hosts are long and the same for everybody: they are counted, the others listed.
void add_network_rules(Group& plan_group, const SessionPlan& plan) {
  json::Array listed;
  json::Array origins;
  for (const auto& [rule, origin] : plan.network_rules) {
    if (origin.layer == Layer::builtin) continue;
    json::Value value = json::Object{};
    value.set("id", rule.id);
    value.set("action", action_of(rule));
    value.set("hosts", texts(rule.hosts));
    if (!rule.ports.empty()) value.set("ports", json::Array(rule.ports.begin(), rule.ports.end()));
    if (!rule.methods.empty()) value.set("methods", texts(rule.methods));
    if (!rule.paths.empty()) value.set("paths", texts(rule.paths));
    if (rule.upload_request_bytes_max) value.set("upload_request_bytes_max", *rule.upload_request_bytes_max);
    if (rule.inspect) value.set("inspect", true);
    if (rule.allow_private) value.set("allow_private", true);
    if (rule.allow_no_sni) value.set("allow_no_sni", true);
    listed.push_back(std::move(value));
    origins.emplace_back(to_string(origin));
  }
  json::Value rules = json::Object{};
  rules.set("count", plan.network_rules.size());
  rules.set("built_in", plan.network_rules.size() - listed.size());
  rules.set("others", std::move(listed));
  plan_group.values.set("network_rules", std::move(rules));
  plan_group.origins.set("network_rules", std::move(origins));
}

// Left out where there are none: then every push is asked about.
void add_git_rules(Group& plan_group, const SessionPlan& plan) {
  if (plan.git_rules.empty()) return;
  json::Array listed;
  json::Array origins;
  for (const auto& [rule, origin] : plan.git_rules) {
    json::Array ops;
    for (const auto op : rule.ops) ops.emplace_back(git_op_words[static_cast<std::size_t>(op)]);
    listed.push_back(json::Object{{"id", rule.id},
                                  {"action", git_action_words[static_cast<std::size_t>(rule.action)]},
                                  {"op", std::move(ops)},
                                  {"remote", texts(rule.remotes)},
                                  {"ref", texts(rule.refs)}});
    origins.emplace_back(to_string(origin));
  }
  plan_group.values.set("git_rules", std::move(listed));
  plan_group.origins.set("git_rules", std::move(origins));
}

json::Value json_of(const SecretRule& rule) {
  json::Array uses;
  for (const auto& use : rule.uses) uses.emplace_back(to_string(use));
  json::Value value = json::Object{{"id", rule.id}, {"hosts", texts(rule.hosts)}, {"use", std::move(uses)}};
  if (!rule.source.empty()) value.set("source", rule.source);
  if (!rule.methods.empty()) value.set("methods", texts(rule.methods));
  if (!rule.paths.empty()) value.set("paths", texts(rule.paths));
  if (!rule.variable.empty()) value.set("variable", rule.variable);
  if (!rule.pinned) value.set("pinned", false);
  return value;
}

json::Value json_of(const TokenRule& rule) {
  json::Value value = json_of(rule.use);
  value.set("provider", token_provider_words[static_cast<std::size_t>(rule.provider)]);
  if (!rule.api.empty()) value.set("api", rule.api);
  if (!rule.scopes.empty()) value.set("scopes", texts(rule.scopes));
  if (rule.permissions.empty()) return value;
  json::Value permissions = json::Object{};
  for (const auto& [name, word] : rule.permissions) permissions.set(name, word);
  value.set("permissions", std::move(permissions));
  return value;
}

json::Value json_of(const CredentialRule& rule) {
  json::Array ops;
  for (const auto op : rule.ops) ops.emplace_back(credential_op_words[static_cast<std::size_t>(op)]);
  return json::Object{{"id", rule.id},
                      {"action", credential_action_words[static_cast<std::size_t>(rule.action)]},
                      {"op", std::move(ops)},
                      {"name", texts(rule.names)},
                      {"host", texts(rule.hosts)}};
}

template <typename Rule>
void add_rules(Group& plan_group, const char* name, const std::vector<Setting<Rule>>& rules) {
  if (rules.empty()) return;
  json::Array listed;
  json::Array origins;
  for (const auto& [rule, origin] : rules) {
    listed.push_back(json_of(rule));
    origins.emplace_back(to_string(origin));
  }
  plan_group.values.set(name, std::move(listed));
  plan_group.origins.set(name, std::move(origins));
}

// Each left out where there are none.
void add_credentials(Group& plan_group, const SessionPlan& plan) {
  add_rules(plan_group, "secrets", plan.secrets);
  add_rules(plan_group, "tokens", plan.tokens);
  add_rules(plan_group, "credential_rules", plan.credential_rules);
}

Group grants_of(const SessionPlan& plan) {
  const auto& grants = plan.grants;
  Group group;
  group.add("gpu", grants.gpu.has_value(), grants.gpu ? grants.gpu->origin : Origin{});
  group.add("trusted_profile", grants.trusted_profile.has_value(),
            grants.trusted_profile ? grants.trusted_profile->origin : Origin{});
  group.add("seccomp_profile",
            grants.seccomp_profile ? json::Value(grants.seccomp_profile->value.path) : json::Value(nullptr),
            grants.seccomp_profile ? grants.seccomp_profile->origin : Origin{});
  group.add_list("read_only_paths", grants.read_only_paths,
                 [](const grants::ReadOnlyPath& path) -> const std::string& { return path.path; });
  group.add_list("environment", grants.environment,
                 [](const grants::EnvironmentVariable& variable) -> const std::string& { return variable.name; });
  group.add_list("secret_exceptions", grants.secret_exceptions,
                 [](const grants::SecretException& exception) -> const std::string& { return exception.pattern; });
  return group;
}

void add_group(Group& plan, const char* name, Group group) {
  plan.values.set(name, std::move(group.values));
  plan.origins.set(name, std::move(group.origins));
}

// The part that a session's name has whatever branch and repository turn out to be.
json::Value session_of(const SessionPlan& plan) {
  if (plan.name.empty()) return nullptr;
  return named_session(plan.agent.name, plan.name);
}

template <typename T>
void append_line(std::string& out, std::string_view name, const T& value, const Origin& origin) {
  fmt::format_to(std::back_inserter(out), "{:<18}{:<22}  {}\n", name, visible(fmt::format("{}", value)),
                 visible(to_string(origin)));
}

void append_network(std::string& out, const SessionPlan& plan) {
  std::size_t built_in = 0;
  std::size_t others = 0;
  for (const auto& [rule, origin] : plan.network_rules) {
    if (origin.layer == Layer::builtin) {
      ++built_in;
    } else if (++others <= rules_shown_max) {
      append_line(out, "rule", fmt::format("{} {}", action_of(rule), rule.id), origin);
    }
  }
  if (others > rules_shown_max) out += fmt::format("{:<18}{} more\n", "rule", others - rules_shown_max);
  append_line(out, "built-in rules", built_in, plan.default_allowlist.origin);
  for (const auto& [rule, origin] : plan.git_rules)
    append_line(out, "git rule", fmt::format("{} {}", git_action_words[static_cast<std::size_t>(rule.action)], rule.id),
                origin);
  // Limits as they come are no news.
  for (const auto& [name, setting] : plan.network_limits) {
    if (setting.origin.layer != Layer::builtin) append_line(out, name, setting.value, setting.origin);
  }
}

void append_credentials(std::string& out, const SessionPlan& plan) {
  for (const auto& [rule, origin] : plan.secrets)
    append_line(out, "secret", fmt::format("{} from {}", rule.id, rule.source), origin);
  for (const auto& [rule, origin] : plan.tokens)
    append_line(out, "token",
                fmt::format("{} ({})", rule.use.id, token_provider_words[static_cast<std::size_t>(rule.provider)]),
                origin);
  for (const auto& [rule, origin] : plan.credential_rules)
    append_line(out, "credential rule",
                fmt::format("{} {}", credential_action_words[static_cast<std::size_t>(rule.action)], rule.id), origin);
}

void append_grants(std::string& out, const Grants& grants) {
  if (grants.gpu) append_line(out, "grant", "gpu", grants.gpu->origin);
  if (grants.trusted_profile) append_line(out, "grant", "trusted profile", grants.trusted_profile->origin);
  if (const auto& profile = grants.seccomp_profile) {
    append_line(out, "grant", "seccomp profile " + profile->value.path, profile->origin);
  }
  for (const auto& path : grants.read_only_paths) append_line(out, "grant", "read " + path.value.path, path.origin);
  for (const auto& variable : grants.environment) {
    append_line(out, "grant", "variable " + variable.value.name, variable.origin);
  }
  for (const auto& exception : grants.secret_exceptions) {
    append_line(out, "grant", "secret file " + exception.value.pattern, exception.origin);
  }
}

void append_landing(std::string& out, const SessionPlan& plan) {
  for (const auto& [pattern, origin] : plan.protected_paths) append_line(out, "protected path", pattern, origin);
  for (const auto& [entry, origin] : plan.accepted_findings) append_line(out, "accepted finding", entry, origin);
}

}  // namespace

json::Value to_json(const SessionPlan& plan) {
  Group group;
  group.values.set("agent", plan.agent.name);
  group.values.set("manifest", plan.agent.place);
  group.values.set("command", texts(plan.argv));
  group.values.set("repository", plan.repository);
  group.values.set("session", session_of(plan));
  group.values.set("branch", plan.branch.empty() ? json::Value(nullptr) : json::Value(plan.branch));
  group.add("branch_choice", to_string(plan.branch_choice.value), plan.branch_choice.origin);
  group.add("profile", to_string(plan.profile.value), plan.profile.origin);
  group.add("network", to_string(plan.network.value), plan.network.origin);
  const auto same = [](const std::string& text) -> const std::string& { return text; };
  group.add_list("allow_domains", plan.allow_domains, same);
  group.add("default_allowlist", plan.default_allowlist.value == DefaultList::yes, plan.default_allowlist.origin);
  add_network_rules(group, plan);
  add_group(group, "network_limits", network_limits_of(plan));
  add_git_rules(group, plan);
  add_credentials(group, plan);
  group.add("workspace", to_string(plan.workspace.value), plan.workspace.origin);
  group.add("push", plan.push.value == Push::yes, plan.push.origin);
  group.add("approvals", to_string(plan.approvals.value), plan.approvals.origin);
  group.add("approval_minutes", plan.approval_minutes.value, plan.approval_minutes.origin);
  group.add("detach", plan.attach.value == Attach::no, plan.attach.origin);
  add_group(group, "limits", machine_limits_of(plan));
  group.add("audit_bytes_max", plan.audit_bytes_max.value, plan.audit_bytes_max.origin);
  group.add_list("secret_patterns", plan.secret_patterns, same);
  add_group(group, "grants", grants_of(plan));
  group.add_list("protected_paths", plan.protected_paths, same);
  group.add_list("accepted_findings", plan.accepted_findings, same);
  group.values.set("notes", texts(plan.notes));
  group.values.set("origins", std::move(group.origins));
  return std::move(group.values);
}

std::string to_text(const SessionPlan& plan) {
  std::string command;
  for (const auto& argument : plan.argv) command += (command.empty() ? "" : " ") + shell_quoted(argument);
  auto out = fmt::format("{:<18}{}\n{:<18}{}\n{:<18}{}\n", "agent", plan.agent.name, "command", visible(command),
                         "repository", visible(plan.repository));
  const auto& branch = plan.branch_choice;
  append_line(out, "branch", plan.branch.empty() ? std::string(to_string(branch.value)) : plan.branch, branch.origin);
  append_line(out, "profile", to_string(plan.profile.value), plan.profile.origin);
  append_line(out, "network", to_string(plan.network.value), plan.network.origin);
  append_network(out, plan);
  append_credentials(out, plan);
  append_line(out, "workspace", to_string(plan.workspace.value), plan.workspace.origin);
  append_line(out, "push", to_string(plan.push.value), plan.push.origin);
  append_line(out, "approvals", fmt::format("{}, {} min", to_string(plan.approvals.value), plan.approval_minutes.value),
              plan.approvals.origin);
  const auto& limits = plan.limits;
  append_line(out, "cpus", limits.cpus.value, limits.cpus.origin);
  append_line(out, "memory", format_size(limits.memory_bytes.value), limits.memory_bytes.origin);
  append_line(out, "pids", limits.pids.value, limits.pids.origin);
  append_line(out, "disk", format_size(limits.disk_bytes.value), limits.disk_bytes.origin);
  append_line(out, "open files", limits.open_files.value, limits.open_files.origin);
  append_line(out, "audit cap", format_size(plan.audit_bytes_max.value), plan.audit_bytes_max.origin);
  append_grants(out, plan.grants);
  append_landing(out, plan);
  for (const auto& note : plan.notes) out += "note: " + visible(note) + '\n';
  return out;
}

}  // namespace bailey::policy

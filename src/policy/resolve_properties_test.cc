// What must hold for any configuration, not only for the ones that somebody thought of.
#include <fmt/format.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>

#include <algorithm>

#include "json/write.h"
#include "policy/domain_pattern.h"
#include "policy/render.h"
#include "policy/resolve_fixture.h"
#include "policy/secret_names.h"

namespace bailey::policy {
namespace {

// A random configuration file with every key of the language in it now and then.
std::string any_config() {
  std::string text;
  const auto maybe = [&](const char* key, std::initializer_list<std::string> values) {
    if (*rc::gen::arbitrary<bool>()) text += fmt::format("{} = {}\n", key, *rc::gen::elementOf(std::vector(values)));
  };
  const auto list = [&](const char* key, std::initializer_list<std::string> values) {
    if (*rc::gen::arbitrary<bool>()) return;
    std::string entries;
    for (const auto& value : values) {
      if (*rc::gen::arbitrary<bool>()) entries += fmt::format("'{}',", value);
    }
    text += fmt::format("{} = [{}]\n", key, entries);
  };
  maybe("profile", {"'review'", "'development'", "'trusted'"});
  maybe("network", {"'restricted'", "'proxy'", "'allow-all'", "'none'", "'squid'"});
  maybe("push", {"true", "false"});
  maybe("approvals", {"'queue'", "'deny'"});
  maybe("approval_minutes", {"1", "30", "600"});
  maybe("workspace", {"'auto'", "'copy'", "'overlay'"});
  maybe("gpu", {"true", "false"});
  maybe("seccomp_profile", {"'/a.json'"});
  maybe("audit_bytes_max", {"'1g'"});
  list("allow_domains", {"a.com", "*.a.com", "b.a.com", "evil.example"});
  maybe("default_allowlist", {"true", "false"});
  text += "[limits.network]\n";
  maybe("connections", {"1", "100", "10000"});
  maybe("bytes_per_second", {"'1m'"});
  text += "[limits]\n";
  maybe("cpus", {"0.5", "2", "16"});
  maybe("memory", {"'64m'", "'1g'", "'64g'"});
  maybe("pids", {"64", "100000"});
  maybe("disk", {"'1g'", "'1t'"});
  maybe("open_files", {"100", "1000000"});
  text += "[secrets]\n";
  list("patterns", {"*.one", "two*", "*three*"});
  list("except", {"*.pem", "*", "x.one"});
  text += "[paths]\n";
  list("read_only", {"/opt/a", "/opt", "/srv/b"});
  text += "[environment]\n";
  list("pass", {"ONE", "TWO"});
  for (int rules = *rc::gen::inRange(0, 3); rules > 0; --rules) {
    text += fmt::format("[[rule]]\nid = 'r{}'\nkind = 'network'\nmatch = {{ host = '{}' }}\naction = '{}'\n",
                        *rc::gen::inRange(0, 1'000'000), *rc::gen::element("a.com", "*.a.com", "evil.example"),
                        *rc::gen::element("allow", "block", "prompt"));
  }
  return text;
}

Flags any_flags() {
  Flags flags;
  const auto maybe = [](std::optional<std::string>& flag, std::initializer_list<std::string> values) {
    if (*rc::gen::inRange(0, 3) == 0) flag = *rc::gen::elementOf(std::vector(values));
  };
  maybe(flags.profile, {"review", "development", "trusted"});
  maybe(flags.network, {"restricted", "proxy", "allow-all"});
  maybe(flags.workspace, {"auto", "copy", "overlay"});
  maybe(flags.memory, {"64m", "64g"});
  maybe(flags.cpus, {"1", "16"});
  if (*rc::gen::inRange(0, 3) == 0) flags.gpu = GpuAccess::yes;
  if (*rc::gen::inRange(0, 3) == 0) flags.push = Push::no;
  if (*rc::gen::inRange(0, 3) == 0) flags.allow_files = {"*"};
  if (*rc::gen::inRange(0, 3) == 0) flags.pass_environment = {"ONE"};
  return flags;
}

constexpr std::string_view file_names[] = {"x.one", "two",    "a-three-b", "server.pem",
                                           ".env",  "main.c", "id_rsa",    "y.corp"};

std::vector<bool> withheld(const SessionPlan& plan) {
  std::vector<std::string> patterns;
  for (const auto& pattern : plan.secret_patterns) patterns.push_back(pattern.value);
  const auto names = SecretNames::compile(patterns);
  std::vector<bool> result;
  for (const auto name : file_names) result.push_back(names->matches(name));
  return result;
}

template <typename T>
bool is_subset(const std::vector<Setting<T>>& smaller, const std::vector<Setting<T>>& larger, std::string T::*member) {
  return std::ranges::all_of(smaller, [&](const auto& one) {
    return std::ranges::any_of(larger, [&](const auto& other) { return one.value.*member == other.value.*member; });
  });
}

bool has_rule(const SessionPlan& plan, std::string_view id) {
  return std::ranges::any_of(plan.network_rules, [&](const auto& rule) { return rule.value.id == id; });
}

// Every field of the plan; a new one belongs here too.
void assert_at_least_as_strict(const SessionPlan& strict, const SessionPlan& loose) {
  RC_ASSERT(strict.profile.value <= loose.profile.value);
  RC_ASSERT(strict.network.value <= loose.network.value);
  RC_ASSERT(strict.push.value <= loose.push.value);
  RC_ASSERT(strict.approvals.value <= loose.approvals.value);
  RC_ASSERT(strict.approval_minutes.value <= loose.approval_minutes.value);
  RC_ASSERT(strict.workspace.value <= loose.workspace.value);
  RC_ASSERT(strict.default_allowlist.value <= loose.default_allowlist.value);
  for (std::size_t at = 0; at < strict.network_limits.size(); ++at) {
    RC_ASSERT(strict.network_limits[at].setting.value <= loose.network_limits[at].setting.value);
  }
  for (const auto& [rule, origin] : strict.network_rules) {
    RC_ASSERT(rule.action != RuleAction::allow || has_rule(loose, rule.id));
  }
  RC_ASSERT(strict.limits.cpus.value <= loose.limits.cpus.value);
  RC_ASSERT(strict.limits.memory_bytes.value <= loose.limits.memory_bytes.value);
  RC_ASSERT(strict.limits.pids.value <= loose.limits.pids.value);
  RC_ASSERT(strict.limits.disk_bytes.value <= loose.limits.disk_bytes.value);
  RC_ASSERT(strict.limits.open_files.value <= loose.limits.open_files.value);
  RC_ASSERT(strict.audit_bytes_max.value == loose.audit_bytes_max.value);
  RC_ASSERT(!strict.grants.gpu || loose.grants.gpu);
  RC_ASSERT(!strict.grants.trusted_profile || loose.grants.trusted_profile);
  RC_ASSERT(strict.grants.seccomp_profile.has_value() == loose.grants.seccomp_profile.has_value());
  RC_ASSERT(is_subset(strict.grants.read_only_paths, loose.grants.read_only_paths, &grants::ReadOnlyPath::path));
  RC_ASSERT(is_subset(strict.grants.environment, loose.grants.environment, &grants::EnvironmentVariable::name));
  RC_ASSERT(
      is_subset(strict.grants.secret_exceptions, loose.grants.secret_exceptions, &grants::SecretException::pattern));
  for (const auto& domain : strict.allow_domains) {
    RC_ASSERT(std::ranges::any_of(loose.allow_domains, [&](const auto& other) { return other.value == domain.value; }));
  }
  const auto strict_files = withheld(strict);
  const auto loose_files = withheld(loose);
  for (std::size_t at = 0; at < strict_files.size(); ++at) RC_ASSERT(strict_files[at] || !loose_files[at]);
}

RC_GTEST_PROP(Layers, AnUntrustedProjectNeverLoosensAnything, ()) {
  auto with = inputs_of(*rc::gen::arbitrary<bool>() ? any_config() : "", any_config(), any_config());
  with.flags = any_flags();
  auto without = with;
  without.files.project.reset();
  const auto strict = resolve(with);
  const auto loose = resolve(without);
  // Whether flags exceed the administrator's bounds is not up to the project.
  RC_ASSERT(strict.has_value() == loose.has_value());
  if (!strict) return;
  assert_at_least_as_strict(*strict, *loose);
}

RC_GTEST_PROP(Layers, AdministratorsBoundHoldsUnderAnyLowerLayers, ()) {
  const auto trust = *rc::gen::element(Trust::untrusted, Trust::trusted);
  auto inputs = inputs_of(
      "network = 'proxy'\nprofile = 'development'\nworkspace = 'copy'\npush = false\ngpu = false\n"
      "approvals = 'deny'\napproval_minutes = 10\n"
      "seccomp_profile = 'built-in'\naudit_bytes_max = '3g'\nallow_domains = ['*.a.com']\n"
      "[limits]\ncpus = 1\nmemory = '512m'\npids = 80\ndisk = '2g'\nopen_files = 200\n"
      "[secrets]\npatterns = ['*.corp']\n[paths]\nread_only = ['/opt/a']\n"
      "[environment]\npass = ['TWO']\n",
      any_config(), any_config(), trust);
  inputs.flags = any_flags();
  const auto plan = resolve(inputs);
  if (!plan) return;  // a flag beyond a bound: refused altogether
  RC_ASSERT(plan->network.value <= Network::proxy);
  RC_ASSERT(plan->profile.value <= Profile::development);
  RC_ASSERT(plan->workspace.value == WorkspaceMode::copy);
  RC_ASSERT(plan->push.value == Push::no);
  RC_ASSERT(plan->approvals.value == Approvals::deny);
  RC_ASSERT(plan->approval_minutes.value <= 10u);
  RC_ASSERT(!plan->grants.gpu && !plan->grants.trusted_profile && !plan->grants.seccomp_profile);
  RC_ASSERT(plan->audit_bytes_max.value == std::uint64_t{3} << 30);
  RC_ASSERT(plan->limits.cpus.value <= 1.0);
  RC_ASSERT(plan->limits.memory_bytes.value <= std::uint64_t{512} << 20);
  RC_ASSERT(plan->limits.pids.value <= 80u);
  RC_ASSERT(plan->limits.disk_bytes.value <= std::uint64_t{2} << 30);
  RC_ASSERT(plan->limits.open_files.value <= 200u);
  for (const auto& domain : plan->allow_domains) RC_ASSERT(covers("*.a.com", domain.value));
  for (const auto& [rule, origin] : plan->network_rules) {
    if (rule.action != RuleAction::allow) continue;
    for (const auto& host : rule.hosts) RC_ASSERT(covers("*.a.com", host));
  }
  for (const auto& path : plan->grants.read_only_paths) RC_ASSERT(path.value.path == "/opt/a");
  for (const auto& variable : plan->grants.environment) RC_ASSERT(variable.value.name == "TWO");
  RC_ASSERT(withheld(*plan).back());
}

RC_GTEST_PROP(Layers, TheSameInputsGiveTheSamePlan, ()) {
  auto inputs = inputs_of(any_config(), any_config(), any_config());
  inputs.flags = any_flags();
  const auto one = resolve(inputs);
  const auto two = resolve(inputs);
  RC_ASSERT(one.has_value() == two.has_value());
  if (!one) {
    RC_ASSERT(to_lines(one.error()) == to_lines(two.error()));
    return;
  }
  RC_ASSERT(json::write(to_json(*one)) == json::write(to_json(*two)));
  RC_ASSERT(to_text(*one) == to_text(*two));
}

}  // namespace
}  // namespace bailey::policy

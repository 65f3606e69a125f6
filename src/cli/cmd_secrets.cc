// bailey secrets list|check: which secrets a session would have, from where, and whether they are there. Never a value.
#include <fmt/format.h>
#include <sys/prctl.h>
#include <sys/resource.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/plan.h"
#include "cli/start.h"
#include "credentials/placeholder.h"
#include "credentials/vault.h"
#include "gateway/host_name.h"
#include "gateway/network_policy.h"
#include "gateway/plan_rules.h"
#include "json/write.h"
#include "policy/domain_pattern.h"
#include "policy/render.h"
#include "policy/secret_rule_file.h"

namespace bailey::cli {
namespace {

constexpr int exit_refused = 1;  // of `check`: a secret or a host is refused
constexpr std::uint16_t https_port = 443;

struct SecretsOptions {
  PlanFlags plan;
  std::string agent = "shell";
  std::string repository;
  bool json = false;
};

enum class Form { text, json };

struct HostState {
  std::string pattern;
  bool is_allowed = false;
  std::string rule;
};

// One that stands for all of a pattern: a star's hosts are allowed alike, or by rules that say more than can be shown.
HostState state_of(const std::string& pattern, const policy::SessionPlan& plan, const gateway::NetworkPolicy& network) {
  if (plan.network.value == policy::Network::restricted) return {pattern, false, "the session has no network"};
  const auto parts = policy::parts_of(pattern);
  const std::string host = (parts.reach == policy::Reach::domain ? "any." : "") + std::string(parts.host);
  const auto verdict = network.decide({.host = host, .port = parts.port.value_or(https_port)});
  return {pattern, verdict.allowed(), verdict.rule};
}

std::string joined(const std::vector<std::string>& list) {
  std::string text;
  for (const auto& entry : list) text += (text.empty() ? "" : ", ") + entry;
  return text;
}

std::vector<std::string> use_texts(const policy::SecretRule& rule) {
  std::vector<std::string> texts;
  for (const auto& use : rule.uses) texts.push_back(policy::to_string(use));
  return texts;
}

json::Array json_texts(const std::vector<std::string>& list) { return {list.begin(), list.end()}; }

json::Value json_of(const policy::SecretRule& rule, const std::string& source, const policy::Origin& origin) {
  json::Value value = json::Object{};
  value.set("id", rule.id);
  value.set("source", source);
  value.set("hosts", json_texts(rule.hosts));
  value.set("methods", json_texts(rule.methods));
  value.set("paths", json_texts(rule.paths));
  value.set("use", json_texts(use_texts(rule)));
  value.set("variable", rule.variable.empty() ? json::Value(nullptr) : json::Value(rule.variable));
  value.set("pinned", rule.pinned);
  value.set("origin", policy::to_string(origin));
  return value;
}

std::string token_source(const policy::TokenRule& token) {
  return "minted by " + std::string(policy::token_provider_words[static_cast<std::size_t>(token.provider)]);
}

void print_line(const policy::SecretRule& rule, const std::string& source, const policy::Origin& origin) {
  std::printf("%-24s  %s\n", visible(rule.id).c_str(), visible(source).c_str());
  std::printf("    for %s, as %s%s\n", visible(joined(rule.hosts)).c_str(), visible(joined(use_texts(rule))).c_str(),
              rule.variable.empty() ? "" : (", inside $" + rule.variable).c_str());
  std::printf("    set by %s\n", visible(policy::to_string(origin)).c_str());
}

int list(const policy::SessionPlan& plan, Form form) {
  const bool as_json = form == Form::json;
  json::Array entries;
  const auto add = [&](const policy::SecretRule& rule, const std::string& source, const policy::Origin& origin) {
    if (as_json) entries.push_back(json_of(rule, source, origin));
    else print_line(rule, source, origin);
  };
  for (const auto& [rule, origin] : plan.secrets) add(rule, rule.source, origin);
  for (const auto& [token, origin] : plan.tokens) add(token.use, token_source(token), origin);
  if (as_json) std::printf("%s\n", json::write(entries, json::Layout::indented).c_str());
  else if (plan.secrets.empty() && plan.tokens.empty()) std::puts("no secrets: this session has none to use");
  return 0;
}

struct Checked {
  credentials::SecretReport report;
  policy::SecretRule rule;
  policy::Origin origin;
  std::vector<HostState> hosts;
};

std::vector<Checked> check_all(const policy::SessionPlan& plan, const os::UserDirectories& user,
                               const gateway::NetworkPolicy& network) {
  std::vector<policy::SecretRule> secrets;
  std::vector<policy::CredentialRule> rules;
  for (const auto& rule : plan.secrets) secrets.push_back(rule.value);
  for (const auto& rule : plan.credential_rules) rules.push_back(rule.value);
  // Nothing leaves this process: any seed does.
  credentials::Vault vault(std::string(credentials::placeholder_seed_bytes, '0'));
  vault.gather(secrets, rules,
               {.home = user.home, .config = user.config, .environment = host_environment(), .withheld_variables = {}});
  std::vector<Checked> all;
  for (const auto& [rule, origin] : plan.secrets) {
    const auto& reports = vault.reports();
    const auto report = std::ranges::find(reports, rule.id, &credentials::SecretReport::id);
    Checked checked{report == reports.end() ? credentials::SecretReport{} : *report, rule, origin, {}};
    for (const auto& host : rule.hosts) checked.hosts.push_back(state_of(host, plan, network));
    all.push_back(std::move(checked));
  }
  return all;
}

std::string host_remedy(const HostState& host, const policy::SessionPlan& plan) {
  if (plan.network.value == policy::Network::restricted) return "the session has no network";
  return fmt::format("{} is not allowed ({}): --allow-domain {}", host.pattern, host.rule, host.pattern);
}

bool is_wrong(const Checked& checked) {
  const bool is_there = checked.report.state == credentials::SourceState::present;
  const auto is_refused = [](const HostState& host) { return !host.is_allowed; };
  return checked.report.state == credentials::SourceState::refused ||
         (is_there && std::ranges::any_of(checked.hosts, is_refused));
}

void print_check(const Checked& checked, const policy::SessionPlan& plan) {
  const auto& report = checked.report;
  std::printf("%-8s  %-24s  %s\n",
              std::string(credentials::source_state_words[static_cast<std::size_t>(report.state)]).c_str(),
              visible(checked.rule.id).c_str(), visible(checked.rule.source).c_str());
  if (!report.why.empty()) std::printf("          %s\n", visible(report.why).c_str());
  if (!report.remedy.empty()) std::printf("          %s\n", visible(report.remedy).c_str());
  for (const auto& host : checked.hosts)
    if (!host.is_allowed && report.state == credentials::SourceState::present)
      std::printf("          %s\n", visible(host_remedy(host, plan)).c_str());
}

json::Value json_of(const Checked& checked) {
  auto value = json_of(checked.rule, checked.rule.source, checked.origin);
  value.set("state", credentials::source_state_words[static_cast<std::size_t>(checked.report.state)]);
  value.set("why", checked.report.why);
  value.set("remedy", checked.report.remedy);
  json::Array hosts;
  for (const auto& host : checked.hosts)
    hosts.push_back(json::Object{{"host", host.pattern}, {"allowed", host.is_allowed}, {"rule", host.rule}});
  value.set("host_states", std::move(hosts));
  return value;
}

// As in the supervisor: what is read here is in no core dump, and no other process of the user's can look.
void keep_to_ourselves() {
  const rlimit no_core{0, 0};
  (void)::prctl(PR_SET_DUMPABLE, 0, 0, 0, 0);
  (void)::setrlimit(RLIMIT_CORE, &no_core);
}

int check(const policy::SessionPlan& plan, const os::UserDirectories& user, Form form) {
  keep_to_ourselves();
  const auto network = gateway::policy_from_json(gateway::policy_text(plan));
  if (!network) return report(network.error());
  const auto all = check_all(plan, user, *network);
  const bool as_json = form == Form::json;
  json::Array entries;
  for (const auto& checked : all) {
    if (as_json) entries.push_back(json_of(checked));
    else print_check(checked, plan);
  }
  if (as_json) std::printf("%s\n", json::write(entries, json::Layout::indented).c_str());
  else if (all.empty()) std::puts("no secrets: this session has none to use");
  if (!as_json && !plan.tokens.empty())
    std::printf("%zu token(s) are minted when a session starts, and not before\n", plan.tokens.size());
  return std::ranges::any_of(all, is_wrong) ? exit_refused : 0;
}

enum class Act { list, check };

int run(const SecretsOptions& options, Act act) {
  const auto directories = user();
  if (!directories) return report(directories.error());
  PlanRequest request{options.agent, options.repository, {}, finished(options.plan)};
  // What runs does not matter here, nor whether it is installed.
  request.command = {"true"};
  const auto plan = make_plan(request, *directories);
  if (!plan) return report(plan.error());
  const Form form = options.json ? Form::json : Form::text;
  return act == Act::list ? list(*plan, form) : check(*plan, *directories, form);
}

}  // namespace

void add_secrets(CLI::App& app, Action& chosen) {
  CLI::App* group = app.add_subcommand("secrets", "which secrets a session would have, and from where");
  group->require_subcommand(1);
  group->footer(
      "Secrets are [[secret]] tables of config.toml and of an agent's manifest. The gateway uses them for their "
      "hosts;\n"
      "inside there are only placeholders. See docs/credentials.md.");
  const auto add = [&](const char* name, const char* help, const char* footer, Act act) {
    const auto options = std::make_shared<SecretsOptions>();
    CLI::App* command = group->add_subcommand(name, help);
    command->add_option("agent", options->agent, "as for `bailey run`");
    command->add_option("repository", options->repository, "a path (default: the current directory)");
    command->add_flag("--json", options->json, "JSON on stdout");
    add_plan_flags(*command, options->plan);
    command->footer(footer);
    command->callback([&chosen, options, act] { chosen = [options, act] { return run(*options, act); }; });
  };
  add("list", "what is configured: id, source, hosts, use, variable, and who set it",
      "Nothing is read. Example: bailey secrets list claude --json", Act::list);
  add("check", "reads every source, and says what is present, absent or refused, and which hosts are not allowed",
      "Programs that keep secrets are asked, without a prompt. No value is printed.\n"
      "Exit status: 0; 1 when a secret is refused, or one that is present has a host that is not allowed.\n"
      "Example: bailey secrets check claude --allow-domain api.example.com",
      Act::check);
}

}  // namespace bailey::cli

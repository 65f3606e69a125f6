#include "credentials/vault.h"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <thread>

#include "base/text.h"
#include "credentials/placeholder.h"
#include "credentials/use_rules.h"

namespace bailey::credentials {
namespace {

constexpr std::string_view aws_secret_name = "secret_access_key";
constexpr std::string_view aws_id_name = "access_key_id";

std::string in_lower_case(std::string_view text) {
  std::string lower(text);
  for (char& c : lower)
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
  return lower;
}

// "env:AWS_SECRET_ACCESS_KEY" → "env:AWS_ACCESS_KEY_ID"; empty: it names no such pair.
std::string aws_id_source(const std::string& source) {
  const auto at = in_lower_case(source).rfind(aws_secret_name);
  if (at == std::string::npos || at + aws_secret_name.size() != source.size()) return {};
  std::string id(aws_id_name);
  if (source[at] == 'S')
    for (char& c : id)
      if (c >= 'a' && c <= 'z') c = static_cast<char>(c - 'a' + 'A');
  return source.substr(0, at) + id;
}

// Half of a key of AWS is none: a source that has the secret only is completed by the one beside it that has the id.
ReadSecret complete_aws(ReadSecret secret, const std::string& source, const SourceContext& context) {
  if (secret.state != SourceState::present || secret.value.view().find(':') != std::string_view::npos) return secret;
  const std::string id_source = aws_id_source(source);
  if (id_source.empty())
    return refused("it is no ACCESS_KEY_ID:SECRET_ACCESS_KEY",
                   "name a source of both, or one that ends in SECRET_ACCESS_KEY beside one in ACCESS_KEY_ID");
  const auto id = read_source(id_source, context);
  if (id.state != SourceState::present)
    return refused(id_source + " is missing: " + id.why, "a key of AWS is both of them");
  std::string both = fmt::format("{}:{}", id.value.view(), secret.value.view());
  auto answer = present(both);
  wipe(both);
  return answer;
}

ReadSecret read_one(const policy::SecretRule& rule, const SourceContext& context) {
  auto secret = read_source(rule.source, context);
  return is_aws(rule) ? complete_aws(std::move(secret), rule.source, context) : std::move(secret);
}

// ".claude/settings.json" is claude-settings-json-3.
std::string canary_id(std::string_view path, std::size_t number) {
  constexpr std::size_t bytes_max = policy::secret_id_bytes_max - 8;
  std::string id;
  for (const char c : in_lower_case(path)) {
    if ((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9')) id += c;
    else if (!id.empty() && id.back() != '-') id += '-';
  }
  id = id.substr(0, bytes_max);
  return (id.empty() ? "file" : id) + '-' + std::to_string(number);
}

bool is_slow(const policy::SecretRule& rule) {
  const auto source = policy::parse_secret_source(rule.source);
  return source && asks_program(*source);
}

std::vector<ReadSecret> read_all(std::span<const policy::SecretRule> secrets, const SourceContext& context) {
  std::vector<ReadSecret> values(secrets.size());
  std::vector<std::size_t> slow;
  for (std::size_t i = 0; i < secrets.size(); ++i) {
    if (is_slow(secrets[i])) slow.push_back(i);
    else values[i] = read_one(secrets[i], context);
  }
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (std::size_t taken = next++; taken < slow.size(); taken = next++)
      values[slow[taken]] = read_one(secrets[slow[taken]], context);
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min(slow.size(), helpers_at_once_max); ++i) others.emplace_back(work);
  work();
  others.clear();  // joins them
  return values;
}

// The agent has the placeholder already: it must still do for the new value (keep.cc).
Status check_renewed(const KeptSecret& old, std::string_view value) {
  const std::string what = "use the new value of '" + old.id + "'";
  const auto has = [&](policy::SecretForm form) {
    return std::ranges::any_of(old.uses, [&](const auto& use) { return use.form == form; });
  };
  if (value == old.placeholder) return fail(what, "it is the placeholder itself");
  if (has(policy::SecretForm::json) && value.size() != old.placeholder.size())
    return fail(what, "it has another length, and bodies are changed in place", "run `bailey restart`");
  if (has(policy::SecretForm::aws) && value.find(':') != old.placeholder.find(':'))
    return fail(what, "its id has another length", "run `bailey restart`");
  return {};
}

KeptSecret kept(const policy::SecretRule& rule, SecretText value) {
  KeptSecret secret;
  secret.id = rule.id;
  secret.value = std::move(value);
  secret.hosts = rule.hosts;
  secret.methods = rule.methods;
  secret.paths = rule.paths;
  secret.uses = rule.uses;
  secret.pinned = rule.pinned;
  return secret;
}

}  // namespace

bool is_aws(const policy::SecretRule& rule) {
  return std::ranges::any_of(rule.uses, [](const auto& use) { return use.form == policy::SecretForm::aws; });
}

Status check_value(const policy::SecretRule& rule, std::string_view value) {
  const std::string what = "use the secret '" + rule.id + "'";
  if (value.size() < kept_value_bytes_min)
    return fail(what, fmt::format("it has fewer than {} bytes: such a text is met by chance", kept_value_bytes_min),
                "use a longer one");
  if (value.size() > kept_value_bytes_max)
    return fail(what, fmt::format("it has more than {} bytes", kept_value_bytes_max),
                "name the value itself: file:PATH#/pointer");
  if (has_control_characters(value))
    return fail(what, "it has line breaks or other control characters in it, which no request can carry",
                "name the value itself: file:PATH#/pointer");
  const auto colon = value.find(':');
  if (is_aws(rule) && (colon == 0 || colon == std::string_view::npos || colon + 1 == value.size()))
    return fail(what, "it is no ACCESS_KEY_ID:SECRET_ACCESS_KEY", "write both, with a colon between them");
  return {};
}

std::vector<std::string> secret_variables(std::span<const policy::SecretRule> secrets) {
  std::vector<std::string> names;
  for (const auto& rule : secrets) {
    const auto source = policy::parse_secret_source(rule.source);
    if (!source || source->kind != policy::SourceKind::env) continue;
    names.push_back(source->name);
    const std::string id = is_aws(rule) ? aws_id_source(rule.source) : std::string();
    if (!id.empty()) names.push_back(id.substr(id.find(':') + 1));
  }
  return names;
}

void Vault::gather(std::span<const policy::SecretRule> secrets, std::span<const policy::CredentialRule> rules,
                   const SourceContext& context) {
  std::vector<policy::SecretRule> usable;
  for (const auto& rule : secrets) {
    auto use = allowed_use(rule, rules);
    if (use.hosts.empty() && !use.blocked_by.empty()) {
      reports_.push_back({rule.id, rule.source, SourceState::refused,
                          "the rule '" + use.blocked_by + "' blocks its use",
                          "ask whoever wrote the rule, or leave the secret out"});
      continue;
    }
    usable.push_back(rule);
    usable.back().hosts = std::move(use.hosts);
  }
  SourceContext own = context;
  for (auto& name : secret_variables(secrets)) own.withheld_variables.push_back(std::move(name));
  auto values = read_all(usable, own);
  for (std::size_t i = 0; i < usable.size(); ++i) {
    SecretReport report{usable[i].id, usable[i].source, values[i].state, values[i].why, values[i].remedy};
    if (report.state == SourceState::present) {
      if (const auto done = put(usable[i], std::move(values[i].value)); !done) {
        report.state = SourceState::refused;
        report.why = done.error().why;
        report.remedy = done.error().remedy;
      }
    }
    reports_.push_back(std::move(report));
  }
}

Result<std::string> Vault::new_placeholder(const KeptSecret& secret) {
  auto placeholder = TRY(make_placeholder(secret.value.view(), seed_, secret.id, placeholders_));
  placeholders_.insert(placeholder);
  return placeholder;
}

Status Vault::put(const policy::SecretRule& rule, SecretText value) {
  TRY_STATUS(check_value(rule, value.view()));
  for (auto& old : keep_.secrets) {
    if (old.id != rule.id) continue;
    TRY_STATUS(check_renewed(old, value.view()));
    old.value = std::move(value);
    return {};
  }
  if (keep_.secrets.size() >= kept_secrets_max)
    return fail("use the secret '" + rule.id + "'", fmt::format("there are more than {}", kept_secrets_max),
                "leave some out");
  auto secret = kept(rule, std::move(value));
  secret.placeholder = TRY(new_placeholder(secret));
  add_variables(rule, secret.placeholder);
  keep_.secrets.push_back(std::move(secret));
  return {};
}

// A key of AWS is in two variables: `env = "AWS"` stands for AWS_ACCESS_KEY_ID and AWS_SECRET_ACCESS_KEY.
void Vault::add_variables(const policy::SecretRule& rule, const std::string& placeholder) {
  if (rule.variable.empty()) return;
  const auto add = [&](const std::string& name, std::string_view value) {
    const auto same = [&](const auto& variable) { return variable.first == name; };
    if (std::ranges::none_of(variables_, same)) variables_.emplace_back(name, value);
  };
  if (!is_aws(rule)) return add(rule.variable, placeholder);
  const auto colon = placeholder.find(':');
  add(rule.variable + "_ACCESS_KEY_ID", std::string_view(placeholder).substr(0, colon));
  add(rule.variable + "_SECRET_ACCESS_KEY", std::string_view(placeholder).substr(colon + 1));
}

std::string Vault::canary(std::string_view path, std::string_view value) {
  for (const auto& secret : keep_.secrets)
    if (secret.value.view() == value) return secret.placeholder;
  if (value.size() > kept_value_bytes_max || canaries_ >= canaries_max) return {};
  if (keep_.secrets.size() >= policy::secret_rules_max) return {};
  KeptSecret secret;
  std::size_t number = 1;
  while (find(secret.id = canary_id(path, number)) != nullptr) ++number;
  secret.value = SecretText(value);
  auto placeholder = new_placeholder(secret);
  if (!placeholder) return {};
  secret.placeholder = *placeholder;
  keep_.secrets.push_back(std::move(secret));
  ++canaries_;
  return std::move(*placeholder);
}

const KeptSecret* Vault::find(std::string_view id) const {
  for (const auto& secret : keep_.secrets)
    if (secret.id == id) return &secret;
  return nullptr;
}

}  // namespace bailey::credentials

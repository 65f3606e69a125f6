#include "policy/resolve_credentials.h"

#include <algorithm>

namespace bailey::policy {
namespace {

bool permits(const CredentialRule& rule) {
  return rule.action == CredentialAction::allow || rule.action == CredentialAction::log;
}

constexpr RuleKey<CredentialRule> credential_rules{&Values::credential_rules, &SessionPlan::credential_rules, permits};

const std::string& id_of(const SecretRule& rule) { return rule.id; }
const std::string& id_of(const TokenRule& rule) { return rule.use.id; }

template <typename Rule>
void put(std::vector<Setting<Rule>>& list, const Rule& rule, Origin origin) {
  const auto same = std::ranges::find_if(list, [&](const auto& old) { return id_of(old.value) == id_of(rule); });
  if (same == list.end()) list.push_back({rule, std::move(origin)});
  else *same = {rule, std::move(origin)};
}

void note_project_grants(const Values& values, SessionPlan& plan) {
  const auto note = [&](std::string_view key, const std::string& id, const std::string& place) {
    note_project(plan.notes, key, id, {Layer::project, place, {}}, ProjectRights::never_loosen);
  };
  for (const auto& [rule, place] : values.secrets) note("secret", rule.id, place);
  for (const auto& [rule, place] : values.tokens) note("token", rule.use.id, place);
  for (const auto& [rule, place] : values.credential_rules)
    if (permits(rule)) note("rule", rule.id, place);
}

void put_all(const Values& values, Layer layer, SessionPlan& plan) {
  for (const auto& [rule, place] : values.secrets) put(plan.secrets, rule, {layer, place, {}});
  for (const auto& [rule, place] : values.tokens) put(plan.tokens, rule, {layer, place, {}});
}

}  // namespace

Status merge_credentials(const Layers& layers, SessionPlan& plan) {
  merge_rules(credential_rules, layers, plan);
  for (const auto& rule : plan.agent.secrets) put(plan.secrets, rule, {Layer::builtin, plan.agent.place, {}});
  for (const auto& layer : layers.layers) {
    if (layer.layer == Layer::project) note_project_grants(layer.values, plan);
    else put_all(layer.values, layer.layer, plan);
  }
  for (const auto& bound : layers.bounds) put_all(bound, Layer::administrator, plan);
  for (const auto& token : plan.tokens)
    if (std::ranges::any_of(plan.secrets, [&](const auto& s) { return s.value.id == token.value.use.id; }))
      return fail("token '" + token.value.use.id + "'", "a secret has the same id", "give one of them another id");
  return {};
}

}  // namespace bailey::policy

#include "policy/resolve_git.h"

namespace bailey::policy {
namespace {

bool permits(const GitRule& rule) { return rule.action == GitAction::allow || rule.action == GitAction::log; }

template <typename Choose>
void add_rules(const Layers& layers, Layer layer, SessionPlan& plan, Choose is_chosen) {
  for (const auto& values : layers.layers) {
    if (values.layer != layer) continue;
    for (const auto& [rule, place] : values.values.git_rules)
      if (is_chosen(rule)) plan.git_rules.push_back({rule, {layer, place, values.by}});
  }
}

}  // namespace

void merge_git_rules(const Layers& layers, SessionPlan& plan) {
  for (const auto& bound : layers.bounds)
    for (const auto& [rule, place] : bound.git_rules)
      plan.git_rules.push_back({rule, {Layer::administrator, place, {}}});
  add_rules(layers, Layer::project, plan, [](const GitRule& rule) { return !permits(rule); });
  add_rules(layers, Layer::user, plan, [](const GitRule&) { return true; });
  if (layers.project_trust == Trust::trusted)
    return add_rules(layers, Layer::project, plan, [](const GitRule& rule) { return permits(rule); });
  for (const auto& values : layers.layers)
    if (values.layer == Layer::project)
      for (const auto& [rule, place] : values.values.git_rules)
        if (permits(rule))
          note_project(plan.notes, "rule", rule.id, {Layer::project, place, {}}, ProjectRights::as_trusted);
}

}  // namespace bailey::policy

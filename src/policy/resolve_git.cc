#include "policy/resolve_git.h"

namespace bailey::policy {
namespace {

bool permits(const GitRule& rule) { return rule.action == GitAction::allow || rule.action == GitAction::log; }

constexpr RuleKey<GitRule> git_rules{&Values::git_rules, &SessionPlan::git_rules, permits};

}  // namespace

void merge_git_rules(const Layers& layers, SessionPlan& plan) {
  merge_rules(git_rules, layers, plan);
  if (layers.project_trust == Trust::trusted) return add_rules(git_rules, layers, Layer::project, plan, permits);
  for (const auto& values : layers.layers)
    if (values.layer == Layer::project)
      for (const auto& [rule, place] : values.values.git_rules)
        if (permits(rule))
          note_project(plan.notes, "rule", rule.id, {Layer::project, place, {}}, ProjectRights::as_trusted);
}

}  // namespace bailey::policy

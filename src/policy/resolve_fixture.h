// Inputs for tests of resolve(): a machine, an agent, and layers as texts.
#pragma once

#include <gtest/gtest.h>

#include <string>

#include "policy/resolve.h"

namespace bailey::policy {

inline Inputs inputs_of(std::string administrator, std::string user, std::string project,
                        Trust trust = Trust::untrusted) {
  Inputs inputs;
  inputs.agent = load_manifest("shell", "/nonexistent").value();
  inputs.host = {.cpus = 8, .home = "/home/u", .directory = "/home/u/src"};
  if (!administrator.empty()) inputs.files.administrator.push_back({"/etc/bailey/policy.d/a.toml", administrator});
  if (!user.empty()) inputs.files.user = {"/home/u/.config/bailey/config.toml", user};
  if (!project.empty()) inputs.files.project = {"/home/u/src/app/.bailey.toml", project};
  inputs.files.project_trust = trust;
  return inputs;
}

inline SessionPlan plan_of(const Inputs& inputs) {
  auto plan = resolve(inputs);
  if (plan) return *plan;
  ADD_FAILURE() << to_lines(plan.error());
  return {};
}

inline std::string error_of(const Inputs& inputs) {
  const auto plan = resolve(inputs);
  return plan ? "no error" : to_lines(plan.error());
}

inline std::string all_notes(const SessionPlan& plan) {
  std::string notes;
  for (const auto& note : plan.notes) notes += note + '\n';
  return notes;
}

}  // namespace bailey::policy

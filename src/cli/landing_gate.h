// Before anything of a session's reaches the user's files: findings are shown and decided one by one.
//
// On a terminal each is asked about, and what was typed before the question appeared does not answer it. Without one
// they are listed with what to say. The agent has no way to either: both belong to the user's side.
#pragma once

#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "cli/command.h"
#include "json/value.h"
#include "policy/landing_decision.h"
#include "policy/plan.h"

namespace bailey::cli {

struct Gate {
  std::string what;  // "apply shell/x"
  std::vector<policy::LandingFinding> findings;
  std::vector<std::string> changed;  // paths that will come or change
  policy::LandingRules rules;
  policy::LandingWords words;
  std::function<void(const std::string& path)> view;  // shows the change on stdout; empty: there is nothing to see
  enum class Manner { ask, list } manner = Manner::ask;
};

// The items as they were decided; an error when one is open, and then nothing may be changed.
[[nodiscard]] Result<std::vector<policy::LandingItem>> pass_gate(Gate gate);
// How they stand with what was said so far, without asking.
[[nodiscard]] std::vector<policy::LandingItem> look_at(const Gate& gate);
// One line each, for people.
void print_items(const std::vector<policy::LandingItem>& items);

[[nodiscard]] policy::LandingRules landing_rules(const policy::SessionPlan& plan);
// --accept, --accept-rule and --confirm as typed: a path may also be written as it is shown.
struct TypedWords {
  std::vector<std::string> accept;
  std::vector<std::string> accept_rule;
  std::vector<std::string> confirm;
};
[[nodiscard]] policy::LandingWords words_of(const TypedWords& typed,
                                            const std::vector<policy::LandingFinding>& findings,
                                            const std::vector<std::string>& changed);

void add_gate_options(CLI::App& command, TypedWords& words);
[[nodiscard]] json::Value to_json(const std::vector<policy::LandingItem>& items);

}  // namespace bailey::cli

#include "cli/landing_gate.h"

#include <termios.h>
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <algorithm>
#include <cstdio>
#include <iostream>

#include "base/text.h"

namespace bailey::cli {
namespace {

using policy::LandingItem;
using policy::LandingState;

bool has_terminal() { return ::isatty(0) != 0 && ::isatty(2) != 0; }

// Nothing that was typed before the question.
std::string read_answer(const std::string& question) {
  (void)::tcflush(0, TCIFLUSH);
  std::fprintf(stderr, "%s ", question.c_str());
  std::string answer;
  if (!std::getline(std::cin, answer)) return "r";
  return answer;
}

void print_item(const LandingItem& item) {
  const auto& finding = item.finding;
  std::fprintf(stderr, "\n%s", visible(finding.path).c_str());
  if (finding.line != 0) std::fprintf(stderr, ":%u", finding.line);
  std::fprintf(stderr, "  [%s]\n  %s\n", visible(finding.rule_id).c_str(), visible(finding.why).c_str());
  if (!finding.excerpt.empty()) std::fprintf(stderr, "  | %s\n", visible(finding.excerpt).c_str());
  if (!finding.look.empty()) std::fprintf(stderr, "  look: %s\n", visible(finding.look).c_str());
}

// False: refused.
bool ask_to_accept(const Gate& gate, const LandingItem& item) {
  while (true) {
    const std::string answer =
        read_answer(gate.view ? "  [a]ccept  [v]iew  [r]efuse all?" : "  [a]ccept  [r]efuse all?");
    if (answer == "a" || answer == "accept") return true;
    if (answer == "v" && gate.view) gate.view(item.finding.path);
    if (answer == "r" || answer == "refuse" || answer == "q") return false;
  }
}

bool ask_to_confirm(const LandingItem& item) {
  const std::string wanted = visible(item.finding.path);
  std::fprintf(stderr, "  protected by '%s': type its path to let it through, anything else refuses\n",
               visible(item.protected_by).c_str());
  return read_answer("  path:") == wanted;
}

// The next one that is not decided; nullptr: none.
const LandingItem* next_open(const std::vector<LandingItem>& items) {
  const auto found = std::find_if(items.begin(), items.end(),
                                  [](const LandingItem& item) { return item.state != LandingState::accepted; });
  return found == items.end() ? nullptr : &*found;
}

std::unexpected<Error> refused(const Gate& gate) { return fail(gate.what, "you refused it", "nothing was changed"); }

Result<std::vector<LandingItem>> ask_about_each(Gate& gate) {
  while (true) {
    auto items = look_at(gate);
    const LandingItem* item = next_open(items);
    if (item == nullptr) return items;
    print_item(*item);
    if (item->state == LandingState::open) {
      if (!ask_to_accept(gate, *item)) return refused(gate);
      gate.words.accepted_paths.push_back(item->finding.path);
      if (item->protected_by.empty()) continue;
    }
    if (!ask_to_confirm(*item)) return refused(gate);
    gate.words.confirmed_paths.push_back(item->finding.path);
  }
}

}  // namespace

std::vector<LandingItem> look_at(const Gate& gate) {
  return decide_landing(gate.findings, gate.changed, gate.rules, gate.words);
}

Result<std::vector<LandingItem>> pass_gate(Gate gate) {
  if (gate.manner == Gate::Manner::ask && has_terminal()) return ask_about_each(gate);
  auto items = look_at(gate);
  const auto undecided = std::count_if(items.begin(), items.end(),
                                       [](const LandingItem& item) { return item.state != LandingState::accepted; });
  if (undecided == 0) return items;
  const bool protects = std::any_of(items.begin(), items.end(),
                                    [](const LandingItem& item) { return item.state == LandingState::unconfirmed; });
  if (gate.manner == Gate::Manner::ask) print_items(items);
  return fail(gate.what,
              std::to_string(undecided) + (undecided == 1 ? " finding is not decided" : " findings are not decided") +
                  "; nothing was changed",
              "for each: --accept PATH or --accept-rule RULE (or `accept` in [apply] of your configuration)" +
                  std::string(protects ? "; for a protected one --confirm PATH besides" : ""));
}

void print_items(const std::vector<LandingItem>& items) {
  for (const auto& item : items) {
    const char* state = item.state == LandingState::accepted ? "accepted"
                        : item.state == LandingState::open   ? "open"
                                                             : "protected";
    std::printf("%-9s  %s  [%s]  %s\n", state, visible(item.finding.path).c_str(),
                visible(item.finding.rule_id).c_str(), visible(item.finding.why).c_str());
  }
}

policy::LandingRules landing_rules(const policy::SessionPlan& plan) {
  policy::LandingRules rules;
  for (const auto& pattern : plan.protected_paths) rules.protected_paths.push_back(pattern.value);
  for (const auto& entry : plan.accepted_findings) rules.accepted.push_back(entry.value);
  return rules;
}

policy::LandingWords words_of(const TypedWords& typed, const std::vector<policy::LandingFinding>& findings,
                              const std::vector<std::string>& changed) {
  const auto meant = [&](const std::vector<std::string>& words) {
    std::vector<std::string> paths = words;
    for (const auto& word : words) {
      for (const auto& finding : findings)
        if (visible(finding.path) == word) paths.push_back(finding.path);
      for (const auto& path : changed)
        if (visible(path) == word) paths.push_back(path);
    }
    return paths;
  };
  return {meant(typed.accept), typed.accept_rule, meant(typed.confirm)};
}

json::Value to_json(const std::vector<policy::LandingItem>& items) {
  json::Array list;
  for (const auto& item : items) {
    json::Value value = json::Object{};
    value.set("rule", item.finding.rule_id);
    value.set("path", item.finding.path);
    value.set("line", item.finding.line);
    value.set("why", item.finding.why);
    value.set("state", item.state == policy::LandingState::accepted ? "accepted"
                       : item.state == policy::LandingState::open   ? "open"
                                                                    : "protected");
    value.set("by", item.by);
    value.set("protected_by", item.protected_by);
    list.push_back(std::move(value));
  }
  return list;
}

void add_gate_options(CLI::App& command, TypedWords& words) {
  command.add_option("--accept", words.accept, "let this file come although it is run by itself (repeatable)");
  command.add_option("--accept-rule", words.accept_rule, "the same for everything that a rule finds (repeatable)");
  command.add_option("--confirm", words.confirm, "let this file come although it is protected (repeatable)");
}

}  // namespace bailey::cli

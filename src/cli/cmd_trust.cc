// bailey trust [REPO] and bailey policy show.
#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "base/text.h"
#include "cli/command.h"
#include "cli/plan.h"
#include "json/write.h"
#include "os/files.h"
#include "policy/render.h"
#include "policy/trust.h"
#include "workspace/discover.h"

namespace bailey::cli {
namespace {

struct Options {
  std::string repository = ".";
  std::vector<std::string> words;
  bool forget = false;
  bool json = false;
  PlanFlags plan;
};

int trust(const Options& options) {
  const auto directories = user();
  if (!directories) return report(directories.error());
  const auto facts = workspace::discover(options.repository);
  if (!facts) return report(facts.error());
  if (auto made = os::make_directories(directories->state); !made) return report(made.error());
  const std::string file = os::join(directories->state, "trust");
  if (options.forget) {
    if (auto forgotten = policy::forget_project(file, facts->top); !forgotten) return report(forgotten.error());
    return 0;
  }
  const auto trusted = policy::trust_project(file, facts->top);
  if (!trusted) return report(trusted.error());
  for (const auto& shown : {trusted->configuration, trusted->allowlist}) {
    if (!shown) continue;
    for (const auto line : split(trim(shown->text), '\n')) std::printf("  %s\n", visible(line).c_str());
  }
  std::printf("trusted as it is now; a change makes it untrusted again\n");
  return 0;
}

int show(const Options& options) {
  if (options.words.empty() || options.words.front() != "show" || options.words.size() > 2)
    return report({"bailey policy", "only `show [AGENT]` exists in this version", "bailey policy show claude", 0},
                  exit_usage);
  const auto directories = user();
  if (!directories) return report(directories.error());
  const std::string agent = options.words.size() == 2 ? options.words[1] : "shell";
  const auto plan = make_plan({agent, ".", {"true"}, finished(options.plan)}, *directories);
  if (!plan) return report(plan.error());
  if (options.json) std::printf("%s\n", json::write(policy::to_json(*plan), json::Layout::indented).c_str());
  else std::fputs(policy::to_text(*plan).c_str(), stdout);
  return 0;
}

}  // namespace

void add_trust(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("trust", "let this repository's .bailey.toml and allow-list loosen the policy, as they are");
  command->add_option("repository", options->repository, "a path (default: the current directory)");
  command->add_flag("--forget", options->forget, "take the trust back");
  command->callback([&chosen, options] { chosen = [options] { return trust(*options); }; });
}

void add_policy(CLI::App& app, Action& chosen) {
  const auto options = std::make_shared<Options>();
  CLI::App* command =
      app.add_subcommand("policy", "show the policy in force here and which layer set it: bailey policy show");
  command->add_option("words", options->words, "show [AGENT]")->expected(1, 2);
  command->add_flag("--json", options->json, "as JSON");
  add_plan_flags(*command, options->plan);
  command->callback([&chosen, options] { chosen = [options] { return show(*options); }; });
}

}  // namespace bailey::cli

#include "cli/landing_findings.h"

#include <algorithm>
#include <cstdlib>

#include "os/files.h"
#include "workspace/git_triggers.h"

namespace bailey::cli {
namespace {

// A rule may have several places in a file: the file is what is decided on.
void add_once(std::vector<policy::LandingFinding>& findings, policy::LandingFinding finding) {
  const bool known = std::any_of(findings.begin(), findings.end(), [&](const policy::LandingFinding& other) {
    return other.path == finding.path && other.rule_id == finding.rule_id;
  });
  if (!known) findings.push_back(std::move(finding));
}

}  // namespace

workspace::UserHome user_home(const os::UserDirectories& user) {
  const char* xdg = std::getenv("XDG_CONFIG_HOME");
  return {.home = user.home, .xdg_config = xdg != nullptr && xdg[0] == '/' ? xdg : os::join(user.home, ".config")};
}

Result<std::vector<policy::LandingFinding>> landing_findings(const git::GitRunner&, const git::ApplyPlan& plan,
                                                             const workspace::GitFacts& facts,
                                                             const os::UserDirectories& user) {
  std::vector<policy::LandingFinding> findings;
  const auto pointers = workspace::read_git_pointers(user_home(user), facts.repository, facts.top);
  for (const auto& trigger : workspace::triggers_among(pointers, plan.changed))
    add_once(findings, {.rule_id = "git-configuration", .path = trigger.path, .why = trigger.why});
  return findings;
}

}  // namespace bailey::cli

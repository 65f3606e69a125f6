#include "cli/landing_findings.h"

#include <algorithm>
#include <cstdlib>

#include "git/confine.h"
#include "os/files.h"
#include "review/compiled_rules.h"
#include "review/path_name.h"
#include "review/review.h"
#include "review/rule_files.h"
#include "workspace/git_triggers.h"

namespace bailey::cli {
namespace {

policy::LandingFinding landing_finding(const review::Finding& finding) {
  return {.rule_id = finding.rule_id,
          .path = finding.path,
          .line = finding.line,
          .why = finding.why,
          .look = finding.how_to_look_closer,
          .excerpt = finding.excerpt};
}

// A rule may have several places in a file: the file is what is decided on.
void add_once(std::vector<policy::LandingFinding>& findings, policy::LandingFinding finding) {
  const bool known = std::any_of(findings.begin(), findings.end(), [&](const policy::LandingFinding& other) {
    return other.path == finding.path && other.rule_id == finding.rule_id;
  });
  if (!known) findings.push_back(std::move(finding));
}

// Path rules of the auto-executing class, without a tree.
std::vector<policy::LandingFinding> protected_by_name(const review::CompiledRules& rules, const std::string& path) {
  const auto groups = rules.path_index.matching(review::comparable(path));
  const auto count = static_cast<int>(rules.paths.size());
  std::vector<policy::LandingFinding> found;
  for (const int group : groups) {
    if (group >= count || std::binary_search(groups.begin(), groups.end(), group + count)) continue;
    const auto& rule = rules.paths[static_cast<std::size_t>(group)];
    if (rule.auto_executing == review::AutoExecuting::yes)
      found.push_back({.rule_id = rule.id,
                       .path = path,
                       .why = rule.executes.empty() ? rule.why : rule.why + " It runs " + rule.executes + "."});
  }
  return found;
}

// Files that make git think of a bare repository around them: gitrepository-layout(5).
std::vector<std::string> bare_repositories(const std::vector<workspace::ExportedFile>& files) {
  std::vector<std::string> found;
  for (const auto& file : files) {
    std::string lower = file.source;
    for (char& c : lower) c = c >= 'A' && c <= 'Z' ? static_cast<char>(c - 'A' + 'a') : c;
    if (lower.ends_with("/head")) found.push_back(file.source);
  }
  return found;
}

}  // namespace

workspace::UserHome user_home(const os::UserDirectories& user) {
  const char* xdg = std::getenv("XDG_CONFIG_HOME");
  return {.home = user.home, .xdg_config = xdg != nullptr && xdg[0] == '/' ? xdg : os::join(user.home, ".config")};
}

Result<std::vector<policy::LandingFinding>> landing_findings(const git::GitRunner& runner, const git::ApplyPlan& plan,
                                                             const workspace::GitFacts& facts,
                                                             const os::UserDirectories& user) {
  const auto rules = TRY(review::load_rules({.user_directory = user.config}, runner, plan.ours, facts.head.oid));
  const auto found = TRY(review::review(runner, plan.ours, facts.head.oid, plan.result, rules));
  std::vector<policy::LandingFinding> findings;
  for (const auto& finding : found.findings)
    if (finding.auto_executing == review::AutoExecuting::yes && finding.place == review::Place::tip)
      add_once(findings, landing_finding(finding));
  const auto pointers = workspace::read_git_pointers(user_home(user), facts.repository, facts.top);
  for (const auto& trigger : workspace::triggers_among(pointers, plan.changed))
    add_once(findings, {.rule_id = "git-configuration", .path = trigger.path, .why = trigger.why});
  if (found.findings_left_out != 0)
    findings.push_back({.rule_id = "too-many-findings",
                        .path = "",
                        .why = std::to_string(found.findings_left_out) + " more findings are not listed",
                        .look = "bailey review"});
  return findings;
}

Result<std::vector<policy::LandingFinding>> export_findings(const std::vector<workspace::ExportedFile>& files,
                                                            const std::string& to, const os::UserDirectories& user) {
  const git::GitRunner none("/bin/false", git::landlock_confiner());
  const auto rules = TRY(review::load_rules({.user_directory = user.config}, none, {}, {}));
  std::vector<policy::LandingFinding> findings;
  for (const auto& file : files) {
    for (const auto& path : {file.source, os::join(os::base_name(to), file.target)})
      for (auto& finding : protected_by_name(rules.compiled(), path)) {
        finding.path = file.source;
        add_once(findings, std::move(finding));
      }
    if (file.executable || file.program)
      add_once(findings, {.rule_id = "export-program",
                          .path = file.source,
                          .why = file.executable ? "It can be executed as it is." : "It begins like a program."});
  }
  for (const auto& directory : bare_repositories(files))
    add_once(findings, {.rule_id = "export-repository",
                        .path = directory,
                        .why = "Your git would take it for a repository and obey its configuration."});
  return findings;
}

}  // namespace bailey::cli

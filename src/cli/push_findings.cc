#include "cli/push_findings.h"

#include "base/text.h"
#include "cli/command.h"
#include "review/review.h"
#include "review/rule_files.h"

namespace bailey::cli {
namespace {

std::string line_about(const review::Finding& finding) {
  std::string line(review::to_string(finding.severity));
  line.append(": ");
  if (!finding.path.empty()) line.append(visible(finding.path));
  if (finding.line != 0) line.append(":").append(std::to_string(finding.line));
  if (!finding.path.empty()) line.append(": ");
  return line.append(finding.why);
}

Result<std::vector<std::string>> look(const git::GitRunner& runner, const git::HostRepository& quarantine,
                                      const git::NewRange& range) {
  const auto directories = TRY(user());
  const auto rules = TRY(review::load_rules({.user_directory = directories.config}, runner, quarantine, range.base));
  const auto found = TRY(review::review(runner, quarantine, range.base, range.tip, rules));
  std::vector<std::string> lines;
  for (const auto& finding : found.findings)
    if (finding.severity >= review::Severity::high || finding.auto_executing == review::AutoExecuting::yes)
      lines.push_back(line_about(finding));
  return lines;
}

}  // namespace

std::vector<std::string> push_findings(const git::GitRunner& runner, const git::HostRepository& quarantine,
                                       const git::NewRange& range) {
  auto lines = look(runner, quarantine, range);
  if (lines) return std::move(*lines);
  return {"the commits could not be reviewed: " + lines.error().what + ": " + lines.error().why};
}

}  // namespace bailey::cli

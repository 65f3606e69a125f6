#include "cli/push_findings.h"

#include <map>
#include <memory>

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

using RulesByBase = std::map<std::string, review::RuleSet>;

Result<const review::RuleSet*> rules_at(RulesByBase& known, const git::GitRunner& runner,
                                        const git::HostRepository& quarantine, const git::Oid& base) {
  auto found = known.find(base.hex());
  if (found == known.end()) {
    const auto directories = TRY(user());
    auto rules = TRY(review::load_rules({.user_directory = directories.config}, runner, quarantine, base));
    found = known.emplace(base.hex(), std::move(rules)).first;
  }
  return &found->second;
}

Result<std::vector<std::string>> look(RulesByBase& known, const git::GitRunner& runner,
                                      const git::HostRepository& quarantine, const git::NewRange& range) {
  const auto* const rules = TRY(rules_at(known, runner, quarantine, range.base));
  const auto found = TRY(review::review(runner, quarantine, range.base, range.tip, *rules));
  std::vector<std::string> lines;
  for (const auto& finding : found.findings)
    if (finding.severity >= review::Severity::high || finding.auto_executing == review::AutoExecuting::yes)
      lines.push_back(line_about(finding));
  return lines;
}

}  // namespace

git::PushReview push_review() {
  const auto known = std::make_shared<RulesByBase>();
  return {.findings = [known](const git::GitRunner& runner, const git::HostRepository& quarantine,
                              const git::NewRange& range) -> std::vector<std::string> {
            auto lines = look(*known, runner, quarantine, range);
            if (lines) return std::move(*lines);
            return {"the commits could not be reviewed: " + lines.error().what + ": " + lines.error().why};
          },
          // With the rules that were in force, or the built-in ones where no range was reviewed (a tag, a deletion).
          .masked = [known](std::string_view text) -> std::string {
            if (text.empty()) return {};
            if (known->empty()) {
              auto builtin = review::RuleSet::compile({});
              if (!builtin) return {};
              known->emplace("", std::move(*builtin));
            }
            return review::masked(text, known->begin()->second);
          }};
}

}  // namespace bailey::cli

#include "review/collector.h"

#include <algorithm>

#include "base/text.h"

namespace bailey::review {
namespace {

// A find of the history alone does not act by itself any more; a secret in it is as public as in the tip.
Severity in_history(const RuleHead& rule, Severity severity, bool secret) {
  if (secret) return severity;
  return std::min(severity, rule.auto_executing == AutoExecuting::yes ? Severity::warning : Severity::notice);
}

bool is_secret_rule(const CompiledRules& rules, const RuleHead& rule) {
  if (rule.id == id_of(Check::secret_file)) return true;
  return std::ranges::any_of(rules.texts, [&](const TextRule& one) {
    return one.kind == TextKind::secret && static_cast<const RuleHead*>(&one) == &rule;
  });
}

std::string look_of(const RuleHead& rule, const Subject& subject) {
  std::string text = rule.look;
  if (text.empty() && subject.path.empty()) text = "git show --format=fuller {commit}";
  if (text.empty())
    text = subject.place == Place::tip ? "git log -p {commit} -- {path}" : "git show {commit} -- {path}";
  const auto fill = [&text](std::string_view name, const std::string& value) {
    if (const auto at = text.find(name); at != std::string::npos) text.replace(at, name.size(), value);
  };
  fill("{commit}", subject.commit.short_hex());
  fill("{path}", shell_quoted(visible(subject.path)));
  return text;
}

}  // namespace

bool Collector::is_wanted(const RuleHead& rule, const Subject& subject) const {
  if (std::ranges::find(rules_.off, rule.id) != rules_.off.end()) return false;
  if (rules_.exceptions.empty() || subject.path.empty()) return true;
  const auto groups = rules_.exception_paths.matching(subject.comparable);
  return std::ranges::none_of(
      groups, [&](int group) { return rules_.exceptions[static_cast<std::size_t>(group)].rule == rule.id; });
}

Finding Collector::finding_of(const RuleHead& rule, const Subject& subject, Detail detail) const {
  Finding finding;
  finding.rule_id = rule.id;
  finding.severity = detail.severity.value_or(rule.severity);
  if (subject.place == Place::history)
    finding.severity = in_history(rule, finding.severity, is_secret_rule(rules_, rule));
  finding.path = subject.path;
  finding.line = detail.line;
  finding.commit = subject.commit;
  finding.blob = subject.blob;
  finding.place = subject.place;
  finding.why = rule.why;
  if (!detail.words.empty()) finding.why += " " + detail.words;
  if (!rule.executes.empty()) finding.why += " Runs " + rule.executes + ".";
  if (subject.place == Place::history)
    finding.why += " Not in the tip any more, but in the history that comes with it.";
  finding.how_to_look_closer = look_of(rule, subject);
  // What the tip lacks runs only for somebody who checks out that commit.
  finding.auto_executing = subject.place == Place::tip ? rule.auto_executing : AutoExecuting::no;
  finding.excerpt = std::move(detail.excerpt);
  return finding;
}

void Collector::add(const RuleHead& rule, const Subject& subject, Detail detail) {
  if (!is_wanted(rule, subject)) return;
  std::string key = rule.id + '\0' + subject.path + '\0' + detail.same;
  if (known_.contains(key)) return;
  if (known_.size() < limits_.changes_max) known_.insert(std::move(key));
  auto& kept = per_file_[{rule.id, subject.path}];
  if (kept.count >= kept_per_file_max) {
    ++kept.count;
    ++findings_[kept.last].more;
    return;
  }
  auto& of_rule = per_rule_[rule.id];
  if (of_rule >= limits_.findings_per_rule_max) {
    ++flooded_[rule.id];
    return;
  }
  ++of_rule;
  ++kept.count;
  kept.last = findings_.size();
  findings_.push_back(finding_of(rule, subject, std::move(detail)));
}

void Collector::finish(Review& review) {
  for (const auto& [id, count] : flooded_) {
    Subject subject;
    subject.commit = review.tip;
    findings_.push_back(finding_of(rules_.check(Check::flood), subject,
                                   {.words = std::to_string(count) + " more of '" + id + "' are not listed."}));
  }
  std::ranges::sort(findings_, [](const Finding& a, const Finding& b) {
    if (a.severity != b.severity) return a.severity > b.severity;
    return std::tie(a.place, a.path, a.line, a.rule_id, a.commit, a.why) <
           std::tie(b.place, b.path, b.line, b.rule_id, b.commit, b.why);
  });
  if (findings_.size() > limits_.findings_max) {
    review.findings_left_out = findings_.size() - limits_.findings_max;
    findings_.resize(limits_.findings_max);
  }
  for (auto& finding : findings_)
    for (auto* text : {&finding.path, &finding.excerpt, &finding.why, &finding.how_to_look_closer})
      *text = masker_.masked(*text);
  for (auto& commit : review.commit_list)
    for (auto* text : {&commit.author, &commit.committer, &commit.subject}) *text = masker_.masked(*text);
  for (auto& change : review.file_changes)
    for (auto* text : {&change.path, &change.old_path}) *text = masker_.masked(*text);
  for (auto& author : review.authors) author = masker_.masked(author);
  review.findings = std::move(findings_);
}

}  // namespace bailey::review

#include "review/compiled_rules.h"

#include <algorithm>
#include <set>

#include "embedded/review_rules.h"
#include "policy/builtin_secrets.h"
#include "review/path_name.h"

namespace bailey::review {
namespace {

using Globs = std::vector<std::string>;

constexpr std::array<std::string_view, static_cast<std::size_t>(Check::count)> check_ids = {
    "secret-file",
    "bidi-text",
    "invisible-text",
    "smuggled-text",
    "control-characters",
    "mixed-scripts",
    "hidden-by-spaces",
    "long-line",
    "program",
    "disguised-binary",
    "source-with-binary",
    "binary",
    "not-read",
    "executable-bit",
    "link",
    "link-outside",
    "link-into-git",
    "alias",
    "submodule",
    "type-change",
    "nested-repository",
    "case-collision",
    "package-script",
    "new-dependency",
    "dependency-source",
    "manifest-unreadable",
    "lock-without-manifest",
    "lock-registry",
    "lock-without-integrity",
    "test-deleted",
    "assertions-removed",
    "merge-adds-lines",
    "other-identity",
    "hidden-header",
    "history-rewritten",
    "flood",
};

template <typename T>
void append(std::vector<T>& to, std::vector<T> from) {
  to.insert(to.end(), std::make_move_iterator(from.begin()), std::make_move_iterator(from.end()));
}

Status check_limits(const RuleTexts& rules) {
  std::size_t patterns = 0;
  std::set<std::string_view> ids;
  const auto add = [&](const RuleHead& head, std::size_t count) {
    patterns += count;
    return ids.insert(head.id).second;
  };
  const auto twice = [](const RuleHead& head) {
    return fail("review rules", "the id '" + head.id + "' is used twice", "give each rule an id of its own");
  };
  for (const auto& rule : rules.paths)
    if (!add(rule, rule.paths.size() + rule.except.size())) return twice(rule);
  for (const auto& rule : rules.texts)
    if (!add(rule, rule.any.size() + rule.all.size() + rule.excuse.size() + rule.files.size())) return twice(rule);
  for (const auto& rule : rules.checks)
    if (!add(rule, 0)) return twice(rule);
  for (const auto& id : rules.off)
    if (!ids.contains(id)) return fail("review rules, off", "there is no rule '" + id + "'", "see docs/review.md");
  for (const auto& exception : rules.exceptions)
    if (!ids.contains(exception.rule))
      return fail("review rules, except", "there is no rule '" + exception.rule + "'", "see docs/review.md");
  if (ids.size() > rules_max || patterns > rule_patterns_max)
    return fail("review rules", "there are more than 2000 rules or 10000 patterns", "use fewer");
  return {};
}

Result<std::vector<CheckRule>> checks_in_order(const std::vector<CheckRule>& given) {
  std::vector<CheckRule> checks;
  for (const auto id : check_ids) {
    const auto found = std::ranges::find(given, id, &CheckRule::id);
    if (found == given.end()) return fail("review rules", "no words for the check '" + std::string(id) + "'");
    checks.push_back(*found);
  }
  return checks;
}

// "a/b/c" goes through "a" and "a/b"; ".vscode/" through nothing but itself.
Globs ancestors_of(const Globs& globs) {
  Globs ancestors;
  for (const auto& glob : globs)
    for (auto slash = glob.find('/', 1); slash != std::string::npos && slash + 1 < glob.size();
         slash = glob.find('/', slash + 1)) {
      const auto ancestor = glob.substr(0, slash);
      if (!ancestor.ends_with('*') && std::ranges::count(ancestor, '{') == std::ranges::count(ancestor, '}'))
        ancestors.push_back(ancestor);
    }
  return ancestors;
}

Result<CompiledRules> compile_all(RuleTexts rules) {
  std::vector<Globs> path_groups, ancestor_groups, file_groups, exception_groups;
  for (const auto& rule : rules.paths) path_groups.push_back(rule.paths);
  for (const auto& rule : rules.paths) path_groups.push_back(rule.except);
  for (const auto& rule : rules.paths) ancestor_groups.push_back(ancestors_of(rule.paths));
  for (const auto& rule : rules.texts) file_groups.push_back(rule.files);
  for (const auto& rule : rules.texts) file_groups.push_back(rule.not_in);
  for (const auto& exception : rules.exceptions) exception_groups.push_back(exception.paths);
  std::vector<std::string> patterns, secrets;
  std::vector<CompiledRules::PatternOwner> owners;
  std::vector<std::size_t> secret_owner;
  std::vector<PatternSet> excuses;
  for (std::size_t i = 0; i < rules.texts.size(); ++i) {
    const auto& rule = rules.texts[i];
    for (const auto& pattern : rule.any) {
      patterns.push_back(pattern);
      owners.push_back({i, CompiledRules::Part::any, 0});
      if (rule.kind != TextKind::secret) continue;
      secrets.push_back(pattern);
      secret_owner.push_back(i);
    }
    for (std::size_t n = 0; n < rule.all.size(); ++n) {
      patterns.push_back(rule.all[n]);
      owners.push_back({i, CompiledRules::Part::all, n});
    }
    excuses.push_back(TRY(PatternSet::compile(rule.excuse, PatternSet::Extent::anywhere)));
  }
  auto checks = TRY(checks_in_order(rules.checks));
  const auto names = TRY(policy::builtin_secret_patterns());
  using enum PatternSet::Extent;
  return CompiledRules{
      .paths = std::move(rules.paths),
      .texts = std::move(rules.texts),
      .checks = std::move(checks),
      .exceptions = std::move(rules.exceptions),
      .off = std::move(rules.off),
      .registries = std::move(rules.lists.registries),
      .path_index = TRY(PathIndex::compile(path_groups)),
      .path_ancestors = TRY(PathIndex::compile(ancestor_groups)),
      .text_files = TRY(PathIndex::compile(file_groups)),
      .exception_paths = TRY(PathIndex::compile(exception_groups)),
      .kinds = TRY(PathIndex::compile({rules.lists.tests, rules.lists.prose, rules.lists.generated})),
      .text_patterns = TRY(PatternSet::compile(patterns, anywhere)),
      .pattern_owner = std::move(owners),
      .excuses = std::move(excuses),
      .secret_patterns = TRY(PatternSet::compile(secrets, anywhere)),
      .secret_owner = std::move(secret_owner),
      .assertions = TRY(PatternSet::compile(rules.lists.assertions, anywhere)),
      .secret_names = TRY(policy::SecretNames::compile(names)),
  };
}

}  // namespace

std::string_view id_of(Check check) { return check_ids.at(static_cast<std::size_t>(check)); }

Result<PathIndex> PathIndex::compile(const std::vector<std::vector<std::string>>& groups) {
  std::vector<std::string> patterns;
  std::vector<int> owner;
  for (std::size_t i = 0; i < groups.size(); ++i)
    for (const auto& glob : groups[i]) {
      patterns.push_back("(?s)" + TRY(glob_to_regex(glob)));
      owner.push_back(static_cast<int>(i));
    }
  return PathIndex(TRY(PatternSet::compile(patterns, PatternSet::Extent::whole)), std::move(owner));
}

std::vector<int> PathIndex::matching(std::string_view path) const {
  std::vector<int> groups;
  for (const int pattern : set_.matching(path)) groups.push_back(owner_[static_cast<std::size_t>(pattern)]);
  std::ranges::sort(groups);
  const auto [first, last] = std::ranges::unique(groups);
  groups.erase(first, last);
  return groups;
}

Result<RuleSet> RuleSet::compile(const std::vector<RuleText>& layers) {
  RuleTexts all = TRY(parse_rules(embedded::review_rules, "policy/review.toml", RuleLayer::builtin));
  for (const auto& layer : layers) {
    auto more = TRY(parse_rules(layer.text, layer.file, layer.layer));
    append(all.paths, std::move(more.paths));
    append(all.texts, std::move(more.texts));
    append(all.exceptions, std::move(more.exceptions));
    append(all.off, std::move(more.off));
  }
  TRY_STATUS(check_limits(all));
  RuleSet set;
  set.rules_ = std::make_shared<const CompiledRules>(TRY(compile_all(std::move(all))));
  return set;
}

}  // namespace bailey::review

#include <array>

#include "review/compiled_rules.h"
#include "review/path_name.h"
#include "toml/expect.h"
#include "toml/parse.h"

namespace bailey::review {
namespace {

constexpr std::size_t words_bytes_max = 400;  // of a reason or a remedy

Result<std::string> words(const toml::Node& node, std::string_view key) {
  auto text = TRY(toml::expect_string(node, key));
  if (text.empty() || text.size() > words_bytes_max)
    return toml::fail_at(node.position, std::string(key) + " must be 1 to 400 bytes long");
  return text;
}

Result<std::vector<std::string>> list(const toml::Node& table, std::string_view key) {
  std::vector<std::string> entries;
  const auto* node = table.find(key);
  if (node == nullptr) return entries;
  for (const auto& entry : *TRY(toml::expect_array(*node, key)))
    entries.push_back(TRY(toml::expect_string(entry, key)));
  return entries;
}

// Each entry is checked where it stands, so that errors have its line.
Result<std::vector<std::string>> checked_list(const toml::Node& table, std::string_view key,
                                              Status (*check)(const std::string&)) {
  std::vector<std::string> entries;
  const auto* node = table.find(key);
  if (node == nullptr) return entries;
  for (const auto& entry : *TRY(toml::expect_array(*node, key))) {
    auto text = TRY(toml::expect_string(entry, key));
    if (auto status = check(text); !status)
      return std::unexpected(std::move(status).error().within(toml::to_string(entry.position)));
    entries.push_back(std::move(text));
  }
  return entries;
}

Status check_glob(const std::string& glob) {
  TRY_STATUS(glob_to_regex(glob));
  return {};
}
Result<std::vector<std::string>> globs(const toml::Node& table, std::string_view key) {
  return checked_list(table, key, check_glob);
}
// The built-in ones are checked by a test (and once more when all are compiled), not at each start.
Result<std::vector<std::string>> patterns(const toml::Node& table, std::string_view key, RuleLayer layer) {
  return layer == RuleLayer::builtin ? list(table, key) : checked_list(table, key, check_pattern);
}

bool is_id(std::string_view id) {
  if (id.empty() || id.size() > 60) return false;
  return id.find_first_not_of("abcdefghijklmnopqrstuvwxyz0123456789-") == std::string_view::npos;
}

std::string_view prefix_of(RuleLayer layer) {
  switch (layer) {
    case RuleLayer::administrator:
      return "administrator/";
    case RuleLayer::user:
      return "user/";
    case RuleLayer::project:
      return "project/";
    case RuleLayer::builtin:
      break;
  }
  return "";
}

Result<RuleHead> head_of(const toml::Node& table, RuleLayer layer) {
  RuleHead head;
  const auto* id = table.find("id");
  const auto* severity = table.find("severity");
  const auto* why = table.find("why");
  if (id == nullptr || severity == nullptr || why == nullptr)
    return toml::fail_at(table.position, "a rule has id, severity and why");
  const auto name = TRY(toml::expect_string(*id, "id"));
  if (!is_id(name)) return toml::fail_at(id->position, "an id is made of a-z, 0-9 and -, at most 60 of them");
  head.id = std::string(prefix_of(layer)) + name;
  head.severity = static_cast<Severity>(TRY(toml::expect_word(*severity, severity_words, "severity")));
  head.why = TRY(words(*why, "why"));
  if (const auto* look = table.find("look")) head.look = TRY(words(*look, "look"));
  if (const auto* executes = table.find("executes")) {
    head.executes = TRY(words(*executes, "executes"));
    head.auto_executing = AutoExecuting::yes;
  }
  return head;
}

Result<PathRule> path_rule(const toml::Node& table, RuleLayer layer) {
  static constexpr std::string_view keys[] = {"id", "severity", "why", "look", "executes", "paths", "except"};
  TRY_STATUS(toml::expect_keys(table, keys, "path"));
  PathRule rule;
  static_cast<RuleHead&>(rule) = TRY(head_of(table, layer));
  rule.paths = TRY(globs(table, "paths"));
  rule.except = TRY(globs(table, "except"));
  if (rule.paths.empty()) return toml::fail_at(table.position, "a path rule has paths");
  return rule;
}

Result<TextRule> text_rule(const toml::Node& table, RuleLayer layer) {
  static constexpr std::string_view keys[] = {"id",      "severity", "why",    "look", "executes", "kind",
                                              "entropy", "files",    "not_in", "any",  "all",      "excuse"};
  static constexpr std::string_view kinds[] = {"shape", "secret"};
  TRY_STATUS(toml::expect_keys(table, keys, "text"));
  TextRule rule;
  static_cast<RuleHead&>(rule) = TRY(head_of(table, layer));
  if (const auto* kind = table.find("kind"))
    rule.kind = static_cast<TextKind>(TRY(toml::expect_word(*kind, kinds, "kind")));
  if (const auto* entropy = table.find("entropy")) rule.entropy_min = TRY(toml::expect_number(*entropy, "entropy"));
  rule.files = TRY(globs(table, "files"));
  rule.not_in = TRY(globs(table, "not_in"));
  rule.any = TRY(patterns(table, "any", layer));
  rule.all = TRY(patterns(table, "all", layer));
  rule.excuse = TRY(patterns(table, "excuse", layer));
  if (rule.any.empty()) return toml::fail_at(table.position, "a text rule has patterns: any");
  return rule;
}

Result<Exception> exception(const toml::Node& table) {
  static constexpr std::string_view keys[] = {"rule", "paths"};
  TRY_STATUS(toml::expect_keys(table, keys, "except"));
  const auto* rule = table.find("rule");
  Exception found;
  found.paths = TRY(globs(table, "paths"));
  if (rule == nullptr || found.paths.empty()) return toml::fail_at(table.position, "an exception has rule and paths");
  found.rule = TRY(toml::expect_string(*rule, "rule"));
  if (found.rule.starts_with("administrator/"))
    return toml::fail_at(rule->position, "rules of the administrator have no exceptions");
  return found;
}

Result<CheckRule> check_rule(const toml::Node& table) {
  static constexpr std::string_view keys[] = {"id", "severity", "why", "look", "executes"};
  TRY_STATUS(toml::expect_keys(table, keys, "check"));
  return head_of(table, RuleLayer::builtin);
}

Result<WordLists> lists_of(const toml::Node& table) {
  static constexpr std::string_view keys[] = {"registries", "tests", "assertions", "prose", "generated"};
  TRY_STATUS(toml::expect_keys(table, keys, "lists"));
  WordLists lists;
  lists.registries = TRY(list(table, "registries"));
  lists.tests = TRY(globs(table, "tests"));
  lists.assertions = TRY(patterns(table, "assertions", RuleLayer::builtin));
  lists.prose = TRY(globs(table, "prose"));
  lists.generated = TRY(globs(table, "generated"));
  return lists;
}

// What a layer may have besides rules.
Status check_root_keys(const toml::Node& root, RuleLayer layer) {
  static constexpr std::string_view builtin[] = {"path", "text", "check", "lists"};
  static constexpr std::string_view people[] = {"path", "text", "except", "off"};
  static constexpr std::string_view project[] = {"path", "text"};
  if (layer == RuleLayer::builtin) return toml::expect_keys(root, builtin, "");
  if (layer != RuleLayer::project) return toml::expect_keys(root, people, "");
  for (const char* key : {"except", "off"})
    if (const auto* node = root.find(key))
      return toml::fail_at(node->position, std::string("a project can only add rules, not '") + key + "' any",
                           "put it into review.toml of your own configuration");
  return toml::expect_keys(root, project, "");
}

template <typename T, typename Read>
Status read_tables(const toml::Node& root, std::string_view key, std::vector<T>& into, const Read& read) {
  const auto* node = root.find(key);
  if (node == nullptr) return {};
  for (const auto& table : *TRY(toml::expect_array(*node, key))) into.push_back(TRY(read(table)));
  return {};
}

}  // namespace

Result<RuleTexts> parse_rules(std::string_view text, const std::string& file, RuleLayer layer) {
  if (text.size() > rule_text_bytes_max) return fail(file, "longer than 131072 bytes", "use fewer rules");
  const auto root = TRY(toml::parse(text, file));
  TRY_STATUS(check_root_keys(root, layer));
  RuleTexts rules;
  TRY_STATUS(read_tables(root, "path", rules.paths, [&](const auto& table) { return path_rule(table, layer); }));
  TRY_STATUS(read_tables(root, "text", rules.texts, [&](const auto& table) { return text_rule(table, layer); }));
  TRY_STATUS(read_tables(root, "check", rules.checks, [](const auto& table) { return check_rule(table); }));
  TRY_STATUS(read_tables(root, "except", rules.exceptions, [](const auto& table) { return exception(table); }));
  rules.off = TRY(list(root, "off"));
  for (const auto& id : rules.off)
    if (id.starts_with("administrator/"))
      return toml::fail_at(root.find("off")->position, "rules of the administrator can't be switched off");
  if (const auto* lists = root.find("lists")) rules.lists = TRY(lists_of(*lists));
  return rules;
}

}  // namespace bailey::review

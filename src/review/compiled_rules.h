// The rules as the inspections use them: all globs of all path rules in one automaton, all patterns of all text rules
// in another.
#pragma once

#include <array>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/secret_names.h"
#include "review/pattern_set.h"
#include "review/review.h"
#include "review/rules.h"

namespace bailey::review {

// What every finding of a rule says.
struct RuleHead {
  std::string id;
  Severity severity = Severity::notice;
  AutoExecuting auto_executing = AutoExecuting::no;
  std::string executes;  // when: "when the directory is opened in the editor"; empty: nothing runs it
  std::string why;
  std::string look;  // {commit} and {path} are filled in; empty: the usual command
};

struct PathRule : RuleHead {
  std::vector<std::string> paths;   // globs
  std::vector<std::string> except;  // globs
};

enum class TextKind { shape, secret };
struct TextRule : RuleHead {
  TextKind kind = TextKind::shape;
  double entropy_min = 0;           // bits a character, of what the first group matched
  std::vector<std::string> files;   // globs; empty: all
  std::vector<std::string> not_in;  // globs
  std::vector<std::string> any;     // a match of one of these, on added lines
  std::vector<std::string> all;     // and of each of these, somewhere in the added lines of the file
  std::vector<std::string> excuse;  // unless the line also matches one of these
};

// A rule of our own code's: id, severity and words are data, what it looks for is not.
using CheckRule = RuleHead;

struct Exception {
  std::string rule;
  std::vector<std::string> paths;
};

// Named lists that the code needs: "registries", "test-files", "assertions", "media" ….
struct WordLists {
  std::vector<std::string> registries;  // hosts that packages usually come from
  std::vector<std::string> tests;       // globs: files of tests
  std::vector<std::string> assertions;  // patterns: a line that checks something
  std::vector<std::string> prose;       // globs: text for people
  std::vector<std::string> generated;   // globs: lock files and the like, whose hashes are no secrets
};

// Uncompiled: what a rule file says.
struct RuleTexts {
  std::vector<PathRule> paths;
  std::vector<TextRule> texts;
  std::vector<CheckRule> checks;
  std::vector<Exception> exceptions;
  std::vector<std::string> off;
  WordLists lists;
};
// `file` names the text in errors. Only the built-in layer may have checks and lists; the project's no exceptions.
[[nodiscard]] Result<RuleTexts> parse_rules(std::string_view text, const std::string& file, RuleLayer layer);

// Which of some groups of globs a path belongs to.
class PathIndex {
 public:
  [[nodiscard]] static Result<PathIndex> compile(const std::vector<std::vector<std::string>>& groups);
  // Ascending, each once. `path` is comparable().
  [[nodiscard]] std::vector<int> matching(std::string_view path) const;

 private:
  PathIndex(PatternSet set, std::vector<int> owner) : set_(std::move(set)), owner_(std::move(owner)) {}
  PatternSet set_;
  std::vector<int> owner_;  // of each pattern
};

// Ids of the checks; policy/review.toml has one entry each.
enum class Check {
  secret_file,
  bidi_text,
  invisible_text,
  smuggled_text,
  control_characters,
  mixed_scripts,
  hidden_by_spaces,
  long_line,
  program,
  disguised_binary,
  source_with_binary,
  binary,
  not_read,
  executable_bit,
  link,
  link_outside,
  link_into_git,
  alias,
  submodule,
  type_change,
  nested_repository,
  case_collision,
  package_script,
  new_dependency,
  dependency_source,
  manifest_unreadable,
  lock_without_manifest,
  lock_registry,
  lock_without_integrity,
  test_deleted,
  assertions_removed,
  merge_adds_lines,
  other_identity,
  hidden_header,
  history_rewritten,
  flood,
  count,
};
[[nodiscard]] std::string_view id_of(Check check);

struct CompiledRules {
  std::vector<PathRule> paths;
  std::vector<TextRule> texts;
  std::vector<CheckRule> checks;  // by Check
  std::vector<Exception> exceptions;
  std::vector<std::string> off;
  std::vector<std::string> registries;

  // Groups: paths of path rule i, then its exceptions at paths.size() + i.
  PathIndex path_index;
  // Group i: directories that a glob of path rule i goes through. A link or submodule in such a place brings along what
  // the rule protects.
  PathIndex path_ancestors;
  // Groups: files of text rule i, then not_in at texts.size() + i.
  PathIndex text_files;
  // Groups: exceptions[i].paths.
  PathIndex exception_paths;
  // Groups: tests, prose, generated.
  PathIndex kinds;
  // Patterns of all text rules (any, then all), each with its rule and part.
  PatternSet text_patterns;
  enum class Part { any, all };
  struct PatternOwner {
    std::size_t rule = 0;
    Part part = Part::any;
    std::size_t number = 0;  // among the rule's `all`
  };
  std::vector<PatternOwner> pattern_owner;
  std::vector<PatternSet> excuses;  // by text rule
  PatternSet secret_patterns;       // `any` of the rules that are about secrets
  std::vector<std::size_t> secret_owner;
  PatternSet assertions;
  policy::SecretNames secret_names;

  [[nodiscard]] const RuleHead& check(Check check) const { return checks.at(static_cast<std::size_t>(check)); }
};

}  // namespace bailey::review

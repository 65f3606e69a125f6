// Findings as they are made: rules that are off or excepted are dropped, floods are counted instead of kept, secrets
// are masked in every word at the end.
#pragma once

#include <cstdint>
#include <map>
#include <optional>
#include <set>
#include <string>
#include <tuple>

#include "review/compiled_rules.h"
#include "review/mask.h"
#include "review/review.h"

namespace bailey::review {

// What is being looked at.
struct Subject {
  std::string path;        // empty: a commit
  std::string comparable;  // path_name.h
  git::Oid commit;
  git::Oid blob;
  Place place = Place::tip;
};

struct Detail {
  std::uint32_t line = 0;
  std::string excerpt;
  std::string words;                 // after the rule's own, ours
  std::optional<Severity> severity;  // instead of the rule's
  std::string same;                  // what makes it the same find elsewhere: the matched text. Empty: rule and path
};

class Collector {
 public:
  Collector(const CompiledRules& rules, const Limits& limits) : rules_(rules), limits_(limits), masker_(rules) {}

  void add(const RuleHead& rule, const Subject& subject, Detail detail = {});
  void add(Check check, const Subject& subject, Detail detail = {}) {
    add(rules_.check(check), subject, std::move(detail));
  }

  [[nodiscard]] Masker& masker() { return masker_; }
  [[nodiscard]] const CompiledRules& rules() const { return rules_; }
  // Moves everything into the review, and masks what the review shows.
  void finish(Review& review);

  static constexpr std::uint32_t kept_per_file_max = 5;  // of one rule; more are counted

 private:
  [[nodiscard]] bool is_wanted(const RuleHead& rule, const Subject& subject) const;
  [[nodiscard]] Finding finding_of(const RuleHead& rule, const Subject& subject, Detail detail) const;

  const CompiledRules& rules_;
  const Limits& limits_;
  Masker masker_;
  std::vector<Finding> findings_;
  std::set<std::string, std::less<>> known_;  // rule, path and text of what the tip has
  struct Kept {
    std::uint32_t count = 0;
    std::size_t last = 0;  // in findings_
  };
  std::map<std::pair<std::string, std::string>, Kept> per_file_;
  std::map<std::string, std::uint64_t, std::less<>> per_rule_;
  std::map<std::string, std::uint64_t, std::less<>> flooded_;
};

}  // namespace bailey::review

// Rules of a review: which paths are protected, and which text is suspicious. Data, from policy/review.toml and files
// of the administrator, the user and the project.
//
// How it works: each layer is TOML text. Every layer adds rules; only the user and the administrator can also switch
// rules off or except paths, and nobody can touch those of the administrator's. Rules of a layer are called
// "administrator/ID", "user/ID" or "project/ID", so that none can take the place of a built-in one.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "review/severity.h"

namespace bailey::review {

enum class RuleLayer { builtin, administrator, user, project };

struct RuleText {
  RuleLayer layer = RuleLayer::user;
  std::string file;  // for messages
  std::string text;
};

struct CompiledRules;  // compiled_rules.h

// Immutable and cheap to copy.
class RuleSet {
 public:
  // The built-in rules and these layers, the administrator's first. Errors name file, line and column.
  [[nodiscard]] static Result<RuleSet> compile(const std::vector<RuleText>& layers);
  [[nodiscard]] const CompiledRules& compiled() const { return *rules_; }

 private:
  std::shared_ptr<const CompiledRules> rules_;
};

inline constexpr std::size_t rules_max = 2'000;
inline constexpr std::size_t rule_patterns_max = 10'000;
inline constexpr std::size_t rule_text_bytes_max = 128 * 1024;  // of one file

}  // namespace bailey::review

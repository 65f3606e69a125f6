// Rules about what git may do with a remote, as values: [[rule]] tables of kind "git". The layers of configuration
// produce them (git_rule_file.h), the push guard decides by them (git/publish_decision.h).
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace bailey::policy {

enum class GitAction { allow, log, prompt, block };
inline constexpr std::string_view git_action_words[] = {"allow", "log", "prompt", "block"};

// push: any change of the remote's refs. force and remove are the parts of it that lose something; a rule that allows
// has to name them, because "push" is not thought of as that.
enum class GitOp { push, force, remove, fetch };
inline constexpr std::string_view git_op_words[] = {"push", "force", "delete", "fetch"};

struct GitRule {
  std::string id;
  std::vector<GitOp> ops;            // empty: any
  std::vector<std::string> remotes;  // names; empty: any
  std::vector<std::string> refs;     // full names or globs of them (* within a part, ** across); empty: any
  GitAction action = GitAction::prompt;
  std::string reason;
  int tier = 0;
};

inline constexpr std::size_t git_rules_max = 500;
inline constexpr std::size_t git_rule_entries_max = 100;

}  // namespace bailey::policy

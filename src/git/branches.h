// Which branch a session works on: the launchers' rules as a pure decision over facts.
#pragma once

#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/clock.h"
#include "base/result.h"
#include "git/quarantine.h"
#include "git/refs.h"

namespace bailey::git {

enum class BranchMode { automatic, named, use_current };  // no flag, -b NAME, --use-current-branch
enum class Consent { ask, given };                        // given: -y, or the question was answered with yes

struct BranchRequest {
  std::string agent;  // "claude"
  BranchMode mode = BranchMode::automatic;
  std::string name;  // of -b: "x" and "claude/x" both mean claude/x
  Consent consent = Consent::ask;
};

struct BranchFacts {
  std::string current;                // short name of what the host has checked out; empty: detached
  std::vector<std::string> branches;  // short names of the host's branches
  std::vector<std::string> live;      // branches that other sessions work on
  // Asked at most once, and only for a branch that exists: is every commit of it in HEAD or another branch?
  std::function<Result<bool>(const std::string& branch)> merged;
};

enum class BranchAction {
  create,   // does not exist: nothing to do on the host now
  reuse,    // goes on where the branch is
  replace,  // exists, all merged: point it at HEAD
  archive,  // exists with commits of its own: archive, then point it at HEAD
  ask,      // as replace or archive, but the user must say yes first
};

struct BranchDecision {
  BranchAction action = BranchAction::create;
  std::string branch;    // short name
  std::string reason;    // one sentence, for the user and the log
  std::string question;  // for ask: what would happen
};

// Errors: bad names, a branch that another live session has, --use-current-branch with a detached HEAD, a name in the
// way of another ("claude" against "claude/x").
[[nodiscard]] Result<BranchDecision> decide_branch(const BranchRequest& request, const BranchFacts& facts);

// `current` and `branches` from a host repository; `live` and `merged` are left to the caller.
[[nodiscard]] Result<BranchFacts> gather_branch_facts(const RefStore& refs);
// For BranchFacts::merged. `quarantine`: any bare repository of ours whose stores are the host's.
[[nodiscard]] Result<bool> is_merged(const GitRunner& runner, const HostRepository& quarantine, const RefStore& refs,
                                     const std::string& branch);

// Does what `replace` and `archive` say, by compare-and-swap against `tip`. Returns the archive's full name or "".
[[nodiscard]] Result<std::string> replace_branch(const RefStore& refs, const BranchDecision& decision, const Oid& tip,
                                                 const Oid& head, const Clock& clock);

}  // namespace bailey::git

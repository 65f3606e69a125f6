#include "git/branches.h"

#include <algorithm>

#include "base/text.h"
#include "git/landing.h"
#include "git/ref_name.h"

namespace bailey::git {
namespace {

constexpr int session_numbers_max = 100'000;

bool holds(const std::vector<std::string>& list, std::string_view name) {
  return std::find(list.begin(), list.end(), name) != list.end();
}

std::string quoted(std::string_view branch) { return "'" + visible(branch) + "'"; }

// An existing branch that has `branch` as its directory, or the other way round; empty: none.
std::string_view in_the_way(const std::vector<std::string>& branches, const std::string& branch) {
  for (const auto& other : branches)
    if (other.starts_with(branch + '/') || branch.starts_with(other + '/')) return other;
  return {};
}

Result<BranchDecision> use_current(const BranchFacts& facts) {
  if (facts.current.empty())
    return fail("--use-current-branch", "the repository has no branch checked out (detached HEAD)",
                "switch to a branch first, or leave the flag out");
  if (holds(facts.live, facts.current))
    return fail("--use-current-branch", quoted(facts.current) + " is the branch of a running session",
                "`bailey ls` shows it; choose another branch with -b");
  return BranchDecision{BranchAction::reuse, facts.current, "the branch that is checked out, as asked for", {}};
}

Result<BranchDecision> decide_existing(const BranchRequest& request, const BranchFacts& facts, std::string branch) {
  if (branch == facts.current)
    return BranchDecision{BranchAction::reuse, std::move(branch), "it is checked out already", {}};
  const bool merged = TRY(facts.merged(branch));
  const std::string what = merged ? quoted(branch) + " exists, and all of its commits are in HEAD or other branches"
                                  : quoted(branch) + " exists with commits that are nowhere else";
  if (request.consent == Consent::ask)
    return BranchDecision{
        BranchAction::ask, std::move(branch), what,
        merged ? "Point it at HEAD?" : "Archive it (the commits are kept) and start again from HEAD?"};
  return BranchDecision{merged ? BranchAction::replace : BranchAction::archive, std::move(branch), what, {}};
}

Result<BranchDecision> use_named(const BranchRequest& request, const BranchFacts& facts) {
  const std::string prefix = request.agent + '/';
  const std::string branch = request.name.starts_with(prefix) ? request.name : prefix + request.name;
  TRY_STATUS(check_branch_name(branch));
  if (holds(facts.live, branch))
    return fail("branch " + quoted(branch), "a running session works on it",
                "`bailey attach` to that session, or choose another name with -b");
  if (const auto other = in_the_way(facts.branches, branch); !other.empty())
    return fail("branch " + quoted(branch), quoted(other) + " is in the way: a branch can't be above another",
                "choose another name with -b, or rename that branch");
  if (holds(facts.branches, branch)) return decide_existing(request, facts, branch);
  return BranchDecision{BranchAction::create, branch, "a new branch from HEAD", {}};
}

bool is_taken(const BranchFacts& facts, const std::string& branch) {
  const auto taken = [&](const std::string& other) {
    return other == branch || other.starts_with(branch + "-archived-");
  };
  return std::any_of(facts.branches.begin(), facts.branches.end(), taken) || holds(facts.live, branch);
}

Result<BranchDecision> use_automatic(const BranchRequest& request, const BranchFacts& facts) {
  if (facts.current.starts_with(request.agent + '/') && !holds(facts.live, facts.current))
    return BranchDecision{BranchAction::reuse, facts.current, "a branch of this agent is checked out", {}};
  const std::string base = request.agent + "/session-";
  TRY_STATUS(check_branch_name(base + '1'));
  if (const auto other = in_the_way(facts.branches, request.agent + "/session-1");
      !other.empty() && other == request.agent)
    return fail("branch " + quoted(base + '1'), quoted(other) + " is in the way: a branch can't be above another",
                "rename that branch: git branch -m " + shell_quoted(other) + " …");
  for (int number = 1; number <= session_numbers_max; ++number)
    if (const std::string branch = base + std::to_string(number);
        !is_taken(facts, branch) && in_the_way(facts.branches, branch).empty())
      return BranchDecision{BranchAction::create, branch, "the first free name", {}};
  return fail("branch " + quoted(base), "every number up to " + std::to_string(session_numbers_max) + " is taken",
              "choose a name with -b");
}

}  // namespace

Result<BranchDecision> decide_branch(const BranchRequest& request, const BranchFacts& facts) {
  switch (request.mode) {
    case BranchMode::use_current:
      return use_current(facts);
    case BranchMode::named:
      return use_named(request, facts);
    case BranchMode::automatic:
      break;
  }
  return use_automatic(request, facts);
}

Result<BranchFacts> gather_branch_facts(const RefStore& refs) {
  BranchFacts facts;
  facts.current = branch_of(TRY(refs.head()).ref);
  for (const auto& ref : TRY(refs.list("refs/heads/"))) facts.branches.emplace_back(branch_of(ref.name));
  return facts;
}

Result<bool> is_merged(const GitRunner& runner, const HostRepository& quarantine, const RefStore& refs,
                       const std::string& branch) {
  const std::string ref = branch_ref(branch);
  const Oid tip = TRY(refs.read(ref));
  std::vector<Oid> others = TRY(refs.worktree_heads());
  for (const auto& other : TRY(refs.list("refs/heads/")))
    if (other.name != ref) others.push_back(other.oid);
  return is_contained(runner, quarantine, tip, others);
}

Result<std::string> replace_branch(const RefStore& refs, const BranchDecision& decision, const Oid& tip,
                                   const Oid& head, const Clock& clock) {
  if (decision.action != BranchAction::replace && decision.action != BranchAction::archive) return std::string();
  const std::string ref = branch_ref(decision.branch);
  for (const auto& busy : TRY(refs.checked_out()))
    if (busy.ref == ref)
      return fail("branch " + quoted(decision.branch), "it is checked out in '" + visible(busy.worktree) + "'",
                  "choose another name with -b");
  std::string archived;
  if (decision.action == BranchAction::archive) archived = TRY(archive_ref(refs, ref, tip, clock));
  const auto outcome = TRY(refs.update({ref, tip, head, "bailey: new session"}, clock));
  if (outcome == UpdateOutcome::updated) return archived;
  return fail("branch " + quoted(decision.branch), "it changed while the session started", "start the session again");
}

}  // namespace bailey::git

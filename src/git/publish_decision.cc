#include "git/publish_decision.h"

#include <algorithm>
#include <set>

#include "base/text.h"
#include "git/ref_name.h"

namespace bailey::git {
namespace {

using policy::GitAction;
using policy::GitOp;
using policy::GitRule;

PushDecision deny(std::string reason, std::vector<std::string> advice) {
  return {PushVerdict::deny, std::move(reason), std::move(advice)};
}

const Ref* find_ref(const std::vector<Ref>& refs, const std::string& name) {
  const auto at = std::lower_bound(refs.begin(), refs.end(), name,
                                   [](const Ref& ref, const std::string& wanted) { return ref.name < wanted; });
  return at != refs.end() && at->name == name ? &*at : nullptr;
}

PushDecision check_command(const PushCommand& command, const PublishFacts& facts) {
  if (const auto named = check_ref_name(command.ref); !named || !command.ref.starts_with("refs/"))
    return deny("not a ref name that can be pushed", {"Push to a full name like refs/heads/NAME."});
  if (command.ref.starts_with("refs/bailey/") || command.ref.starts_with("refs/namespaces/"))
    return deny("a name that is kept for bailey", {});
  const auto* known = find_ref(facts.refs, command.ref);
  if (command.old_oid != (known == nullptr ? Oid() : known->oid))
    return deny("the remote has moved since", {"`git fetch origin` and try again."});
  if (command.old_oid.is_zero() && command.new_oid.is_zero()) return deny("there is no such ref to delete", {});
  return {PushVerdict::allow, "", {}};
}

bool contains_op(const GitRule& rule, GitOp op) {
  return std::find(rule.ops.begin(), rule.ops.end(), op) != rule.ops.end();
}

bool covers_op(const GitRule& rule, ChangeKind kind) {
  const bool permits = rule.action == GitAction::allow || rule.action == GitAction::log;
  if (kind == ChangeKind::force || kind == ChangeKind::remove) {
    const GitOp own = kind == ChangeKind::force ? GitOp::force : GitOp::remove;
    if (permits) return contains_op(rule, own);
    return rule.ops.empty() || contains_op(rule, own) || contains_op(rule, GitOp::push);
  }
  return rule.ops.empty() || contains_op(rule, GitOp::push);
}

bool covers_remote(const GitRule& rule, const std::string& remote) {
  return rule.remotes.empty() || std::find(rule.remotes.begin(), rule.remotes.end(), remote) != rule.remotes.end();
}

bool covers_ref(const GitRule& rule, const std::string& ref) {
  return rule.refs.empty() || std::any_of(rule.refs.begin(), rule.refs.end(),
                                          [&](const std::string& glob) { return ref_matches(glob, ref); });
}

std::string commits_of(std::uint64_t count) { return std::to_string(count) + (count == 1 ? " commit" : " commits"); }

// In words, what is more than the next commits of the session's own branch.
void call_out(const RefChange& change, const PublishPolicy& policy, std::vector<std::string>& callouts) {
  const std::string ref = visible(change.ref);
  const bool is_tag = change.ref.starts_with("refs/tags/");
  switch (change.kind) {
    case ChangeKind::force:
      callouts.push_back(is_tag ? "MOVES the published tag " + ref
                                : "FORCE: rewrites " + ref + ", which loses " + commits_of(change.lost_commits));
      break;
    case ChangeKind::remove:
      callouts.push_back("DELETES " + ref + " at the remote");
      break;
    case ChangeKind::create:
      if (is_tag) callouts.push_back("publishes the tag " + ref);
      break;
    case ChangeKind::fast_forward:
      break;
  }
  if (change.ref == branch_ref(policy.branch) || is_tag) return;
  if (change.ref.starts_with("refs/heads/"))
    callouts.push_back(ref + " is not this session's branch (" + visible(policy.branch) + ")");
  else callouts.push_back(ref + " is no branch");
}

struct Answer {
  GitAction action = GitAction::prompt;
  const GitRule* rule = nullptr;
};
Answer answer_for(const RefChange& change, const PublishPolicy& policy) {
  for (const auto& rule : policy.rules)
    if (covers_op(rule, change.kind) && covers_remote(rule, policy.remote) && covers_ref(rule, change.ref))
      return {rule.action, &rule};
  return {};
}

std::string reason_of(const Answer& answer, std::string_view otherwise) {
  if (answer.rule == nullptr) return std::string(otherwise);
  return answer.rule->reason.empty() ? "rule " + answer.rule->id : answer.rule->reason;
}

}  // namespace

std::string_view name_of(ChangeKind kind) {
  switch (kind) {
    case ChangeKind::create:
      return "create";
    case ChangeKind::fast_forward:
      return "update";
    case ChangeKind::force:
      return "force";
    case ChangeKind::remove:
      return "delete";
  }
  return "update";
}

bool ref_matches(std::string_view glob, std::string_view ref) {
  while (!glob.empty()) {
    if (glob.front() != '*') {
      if (ref.empty() || glob.front() != ref.front()) return false;
      glob.remove_prefix(1);
      ref.remove_prefix(1);
      continue;
    }
    const bool across = glob.starts_with("**");
    glob.remove_prefix(across ? 2 : 1);
    for (std::size_t taken = 0;; ++taken) {
      if (ref_matches(glob, ref.substr(taken))) return true;
      if (taken == ref.size() || (!across && ref[taken] == '/')) return false;
    }
  }
  return ref.empty();
}

PushDecision check_publish_request(const PushRequest& request, const PublishFacts& facts) {
  if (auto refused = refuse_capabilities(request, facts.format)) return *std::move(refused);
  for (const auto& oid : request.shallows)
    if (std::find(facts.known_shallow.begin(), facts.known_shallow.end(), oid) == facts.known_shallow.end())
      return deny("the history is cut off at a commit that the host has in full",
                  {"Push from a clone that is not shallow, or shallow at the same commits as the host's."});
  if (request.commands.empty()) return deny("nothing to do", {});
  std::set<std::string_view> names;
  for (const auto& command : request.commands) {
    if (!names.insert(command.ref).second) return deny("the same ref twice", {});
    if (auto checked = check_command(command, facts); checked.verdict == PushVerdict::deny) return checked;
  }
  return {PushVerdict::allow, "", {}};
}

PublishDecision decide_publish(const PushSummary& summary, const PublishPolicy& policy) {
  PublishDecision decision{.action = GitAction::allow, .rule = "default", .reason = {}, .callouts = {}};
  constexpr std::string_view unasked = "publishes commits outside this machine";
  bool first = true;
  for (const auto& change : summary.changes) {
    const auto answer = answer_for(change, policy);
    call_out(change, policy, decision.callouts);
    if (!first && answer.action <= decision.action) continue;
    first = false;
    decision.action = answer.action;
    decision.rule = answer.rule == nullptr ? "default" : answer.rule->id;
    decision.reason = reason_of(answer, unasked);
  }
  if (first) decision.action = GitAction::block;  // nothing was looked at
  return decision;
}

PublishDecision decide_remote_fetch(const PublishPolicy& policy) {
  for (const auto& rule : policy.rules)
    if (contains_op(rule, GitOp::fetch) && covers_remote(rule, policy.remote))
      return {rule.action, rule.id, reason_of({rule.action, &rule}, ""), {}};
  return {GitAction::allow, "default", "a remote of this repository", {}};
}

}  // namespace bailey::git

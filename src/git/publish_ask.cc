#include "git/publish_ask.h"

#include <algorithm>

#include "base/text.h"
#include "git/ref_name.h"

namespace bailey::git {
namespace {

std::string counted(std::uint64_t count, std::string_view one, std::string_view many) {
  return std::to_string(count) + ' ' + std::string(count == 1 ? one : many);
}

std::string size_text(std::uint64_t bytes) {
  if (bytes < 10'000) return std::to_string(bytes) + " bytes";
  if (bytes < 10'000'000) return std::to_string(bytes / 1'000) + " kB";
  return std::to_string(bytes / 1'000'000) + " MB";
}

std::string what_kind(std::string_view ref) {
  if (const auto branch = branch_of(ref); !branch.empty()) return "branch " + visible(branch);
  if (ref.starts_with("refs/tags/")) return "tag " + visible(ref.substr(10));
  return visible(ref);
}

std::string fate_of(const RefChange& change) {
  switch (change.kind) {
    case ChangeKind::create:
      return "new, at " + change.new_oid.short_hex();
    case ChangeKind::fast_forward:
      return change.old_oid.short_hex() + " → " + change.new_oid.short_hex();
    case ChangeKind::force:
      return change.old_oid.short_hex() + " → " + change.new_oid.short_hex() + ", FORCED, " +
             counted(change.lost_commits, "commit is lost", "commits are lost");
    case ChangeKind::remove:
      return "DELETED, was at " + change.old_oid.short_hex();
  }
  return {};
}

// Line by line, so that a newline stays one and nothing else of the agent's does.
std::string visible_lines(std::string_view text) {
  std::string result;
  for (const auto line : split(text, '\n')) result.append(visible(line)).append("\n");
  return result;
}

void add_context(const PushSummary& summary, const std::string& label, approval::Request& request) {
  auto& facts = request.context;
  facts.push_back({"remote", label});
  for (std::size_t i = 0; i < std::min(summary.changes.size(), asked_refs_max); ++i)
    facts.push_back({what_kind(summary.changes[i].ref), fate_of(summary.changes[i])});
  if (summary.changes.size() > asked_refs_max)
    facts.push_back({"…", "and " + counted(summary.changes.size() - asked_refs_max, "ref", "refs") + " more"});
  facts.push_back({"commits", std::to_string(summary.commits) + " that the remote does not have"});
  facts.push_back({"files", counted(summary.files, "file", "files") + ", +" + std::to_string(summary.insertions) +
                                " −" + std::to_string(summary.deletions)});
  facts.push_back({"bytes", size_text(summary.bytes) + ", " + counted(summary.objects, "object", "objects")});
  for (std::size_t i = 0; i < std::min(summary.findings.size(), asked_findings_max); ++i)
    facts.push_back({"finding", visible(summary.findings[i])});
  if (summary.findings.size() > asked_findings_max)
    facts.push_back({"finding", "and " + std::to_string(summary.findings.size() - asked_findings_max) + " more"});
}

// What may be allowed for the rest of the session: the next commits of the own branch in which nothing was found.
bool is_plain(const PushSummary& summary, const PublishPolicy& policy) {
  if (summary.changes.size() != 1 || !summary.findings.empty()) return false;
  const auto& change = summary.changes.front();
  return change.ref == branch_ref(policy.branch) &&
         (change.kind == ChangeKind::create || change.kind == ChangeKind::fast_forward);
}

}  // namespace

std::string title_of(const PushSummary& summary, const std::string& remote, const std::string& label) {
  const auto& changes = summary.changes;
  const auto any = [&](ChangeKind kind) {
    return std::any_of(changes.begin(), changes.end(), [&](const RefChange& change) { return change.kind == kind; });
  };
  const std::string to = remote + " (" + label + ")";
  const std::string which =
      changes.size() == 1 ? what_kind(changes.front().ref) : counted(changes.size(), "ref", "refs");
  if (changes.size() == 1 && any(ChangeKind::remove)) return "DELETE " + which + " at " + to;
  std::string verb = any(ChangeKind::force) ? "FORCE-push " : "push ";
  if (any(ChangeKind::remove)) verb = any(ChangeKind::force) ? "FORCE-push and DELETE, " : "push and DELETE, ";
  return verb + counted(summary.commits, "commit", "commits") + " to " + to + ", " + which;
}

approval::Request push_question(const PushSummary& summary, const PublishDecision& decision,
                                const PublishPolicy& policy, const std::string& label, const HeldPush& held) {
  approval::Request request;
  request.kind = "git-push";
  request.title = title_of(summary, visible(policy.remote), visible(label));
  add_context(summary, visible(label), request);
  for (const auto& author : summary.authors) request.from_agent.push_back({"author", visible(author)});
  for (std::size_t i = 0; i < std::min(summary.subjects.size(), asked_subjects_max); ++i)
    request.from_agent.push_back({"commit", visible(summary.subjects[i])});
  if (summary.subjects.size() > asked_subjects_max)
    request.from_agent.push_back(
        {"…", "and " + std::to_string(summary.commits - asked_subjects_max) + " more commits"});
  for (std::size_t i = 0; i < std::min(decision.callouts.size(), asked_refs_max); ++i)
    request.risk.append(request.risk.empty() ? "" : "; ").append(decision.callouts[i]);
  if (request.risk.empty()) request.risk = decision.reason;
  request.view = visible_lines(summary.view);
  if (is_plain(summary, policy))
    request.remember = "git-push " + visible(policy.remote) + ' ' + branch_ref(policy.branch);
  request.action = held_action(held);
  return approval::fitted(std::move(request));
}

}  // namespace bailey::git

#include "git/discard.h"

#include <algorithm>
#include <cstdlib>

#include "base/text.h"
#include "git/quarantine.h"
#include "git/ref_name.h"

namespace bailey::git {
namespace {

constexpr std::size_t subject_bytes_max = 120;

// All that keeps a commit reachable once `gone` are deleted.
Result<std::string> revisions(const RefStore& refs, const std::vector<Ref>& gone, const std::vector<Oid>& tips) {
  std::string input;
  for (const auto& tip : tips) input += tip.hex() + '\n';
  const auto goes = [&](const Ref& ref) {
    return std::any_of(gone.begin(), gone.end(), [&](const Ref& one) { return one.name == ref.name; });
  };
  for (const auto& ref : TRY(refs.list("refs/")))
    if (!goes(ref)) input += '^' + ref.oid.hex() + '\n';
  for (const auto& head : TRY(refs.worktree_heads())) input += '^' + head.hex() + '\n';
  return input;
}

Invocation log_of(const HostRepository& quarantine, std::vector<std::string> arguments) {
  Invocation call;
  call.git_dir = quarantine.git_dir;
  call.arguments = std::move(arguments);
  call.reach.read_only = quarantine.object_stores;
  return call;
}

}  // namespace

Result<Discardable> find_discardable(const GitRunner& runner, const DiscardRequest& request) {
  const auto refs = TRY(RefStore::open(request.host));
  const auto quarantine = TRY(open_quarantine(request.quarantine));
  const auto quarantine_refs = TRY(RefStore::open(quarantine));
  Discardable found;
  std::vector<Oid> tips;
  const std::string branch = branch_ref(request.branch);
  for (const std::string& name : {branch, "refs/bailey/" + request.session}) {
    const Oid tip = TRY(refs.read(name));
    if (tip.is_zero()) continue;
    const auto busy = TRY(refs.checked_out());
    const bool is_branch = name == branch;
    const bool checked_out =
        std::any_of(busy.begin(), busy.end(), [&](const CheckedOut& one) { return one.ref == name; });
    found.checked_out = found.checked_out || (is_branch && checked_out);
    if (checked_out || (is_branch && !request.branch.starts_with(request.agent + '/'))) continue;
    found.refs.push_back({name, tip});
    tips.push_back(tip);
  }
  if (const Oid waiting = TRY(quarantine_refs.read(branch)); !waiting.is_zero()) tips.push_back(waiting);
  if (tips.empty()) return found;
  const std::string input = TRY(revisions(refs, found.refs, tips));
  const auto count = TRY(runner.output_of(log_of(quarantine, {"rev-list", "--count", "--stdin"}), input));
  found.unmerged_count = std::strtoull(count.c_str(), nullptr, 10);
  const auto text =
      TRY(runner.output_of(log_of(quarantine, {"log", "--stdin", "-z", "--no-show-signature", "--abbrev=12",
                                               "--format=%h %s", "--max-count=" + std::to_string(unmerged_listed_max)}),
                           input));
  for (const auto line : split(text, '\0'))
    if (!line.empty()) found.unmerged.emplace_back(line.substr(0, subject_bytes_max));
  return found;
}

}  // namespace bailey::git

#include "git/apply.h"

#include <fcntl.h>

#include <cstdlib>
#include <ctime>

#include "base/text.h"
#include "git/object_transfer.h"
#include "git/quarantine.h"
#include "git/ref_files.h"
#include "git/ref_name.h"
#include "git/worktree_update.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr std::size_t subjects_max = 100;  // listed in the message of a squashed commit
constexpr std::size_t subject_bytes_max = 200;
constexpr std::size_t sparse_bytes_max = std::size_t{16} << 20;

Invocation in_scratch(const HostRepository& ours, std::vector<std::string> arguments) {
  Invocation call;
  call.git_dir = ours.git_dir;
  call.arguments = std::move(arguments);
  call.reach.read_only = ours.object_stores;
  call.reach.read_write = {ours.objects()};
  return call;
}

// A bare repository of ours for this one merge, over the host's objects.
Result<HostRepository> make_scratch(const ApplyRequest& request) {
  const std::string path = os::join(request.scratch, "repository.git");
  TRY_STATUS(create_quarantine({.path = path,
                                .format = request.host.format,
                                .object_stores = request.host.object_stores,
                                .branch = "apply",
                                .head = {},
                                .shallow = request.host.shallow}));
  const Fd git_dir = TRY(os::open_file(request.host.git_dir, O_RDONLY | O_DIRECTORY));
  if (const auto sparse = TRY(read_git_file(git_dir.get(), "info/sparse-checkout", sparse_bytes_max))) {
    TRY_STATUS(os::make_directories(os::join(path, "info")));
    TRY_STATUS(os::write_file(os::join(path, "info/sparse-checkout"), *sparse));
  }
  return open_quarantine(path);
}

Result<Oid> oid_in(std::string_view text, const char* what) {
  const auto oid = Oid::parse(trim(text));
  if (!oid) return fail(what, "an answer that is no object name");
  return *oid;
}

// Zero: nothing in common.
Result<Oid> merge_base(const GitRunner& runner, const HostRepository& ours, const Oid& one, const Oid& other) {
  const auto output = TRY(runner.run(in_scratch(ours, {"merge-base", one.hex(), other.hex()})));
  if (output.exit_status == 1) return Oid{};
  if (output.exit_status != 0) return fail("git merge-base", visible(trim(output.err).substr(0, 400)));
  return oid_in(output.out, "git merge-base");
}

Result<std::uint64_t> count_new(const GitRunner& runner, const HostRepository& ours, const Oid& head, const Oid& tip) {
  std::string input = tip.hex() + '\n';
  if (!head.is_zero()) input += '^' + head.hex() + '\n';
  const auto text = TRY(runner.output_of(in_scratch(ours, {"rev-list", "--count", "--stdin"}), input));
  return std::strtoull(text.c_str(), nullptr, 10);
}

struct Merged {
  Oid tree;
  std::vector<std::string> conflicts;
};

Result<Merged> merge_trees(const GitRunner& runner, const HostRepository& ours, const Oid& head, const Oid& tip) {
  const auto output = TRY(runner.run(
      in_scratch(ours, {"merge-tree", "--write-tree", "--name-only", "--no-messages", "-z", head.hex(), tip.hex()})));
  if (output.exit_status > 1) return fail("merge", visible(trim(output.err).substr(0, 400)));
  const auto fields = split(output.out, '\0');
  Merged merged;
  merged.tree = TRY(oid_in(fields.front(), "git merge-tree"));
  if (output.exit_status == 1)
    for (std::size_t i = 1; i < fields.size() && !fields[i].empty(); ++i) merged.conflicts.emplace_back(fields[i]);
  return merged;
}

std::string person(const ApplyRequest& request, const Clock& clock) {
  const std::time_t now = std::chrono::system_clock::to_time_t(clock.wall_now());
  std::tm local{};
  ::localtime_r(&now, &local);
  char zone[16];
  std::strftime(zone, sizeof zone, "%z", &local);
  return request.user_name + " <" + request.user_email + "> " + std::to_string(now) + ' ' + zone;
}

// The agent's words, so bounded and without control characters.
Result<std::string> list_subjects(const GitRunner& runner, const HostRepository& ours, const Oid& head,
                                  const Oid& tip) {
  std::string input = tip.hex() + '\n';
  if (!head.is_zero()) input += '^' + head.hex() + '\n';
  const auto text =
      TRY(runner.output_of(in_scratch(ours, {"log", "--stdin", "--reverse", "--no-merges", "--no-show-signature", "-z",
                                             "--format=%s", "--max-count=" + std::to_string(subjects_max)}),
                           input));
  std::string list;
  for (const auto subject : split(text, '\0'))
    if (!subject.empty()) list += "* " + visible(subject.substr(0, subject_bytes_max)) + '\n';
  return list;
}

Result<std::string> message_of(const GitRunner& runner, const ApplyRequest& request, const ApplyPlan& plan) {
  std::string text = request.message;
  if (text.empty() && plan.kind == ApplyKind::merge) text = "Merge branch '" + request.name + "'\n";
  if (text.empty())
    text = request.name + ": " + std::to_string(plan.commits) + (plan.commits == 1 ? " commit" : " commits") + "\n\n" +
           TRY(list_subjects(runner, plan.ours, request.head.oid, request.tip));
  if (!text.ends_with('\n')) text += '\n';
  return text + "\nBailey-Session: " + request.session + '\n';
}

Result<Oid> write_commit(const GitRunner& runner, const ApplyRequest& request, const ApplyPlan& plan, const Oid& tree,
                         const Clock& clock) {
  if (request.user_name.empty() || request.user_email.empty())
    return fail("make a commit", "git does not know who you are",
                "git config --global user.name 'Your Name'; git config --global user.email you@example.com");
  std::string text = "tree " + tree.hex() + '\n';
  if (!request.head.oid.is_zero()) text += "parent " + request.head.oid.hex() + '\n';
  if (plan.kind == ApplyKind::merge) text += "parent " + request.tip.hex() + '\n';
  const std::string who = person(request, clock);
  text += "author " + who + "\ncommitter " + who + "\n\n" + TRY(message_of(runner, request, plan));
  return oid_in(TRY(runner.output_of(in_scratch(plan.ours, {"hash-object", "-t", "commit", "-w", "--stdin"}), text)),
                "git hash-object");
}

Result<std::vector<std::string>> submodules_among(const GitRunner& runner, const ApplyRequest& request,
                                                  const ApplyPlan& plan) {
  if (request.head.oid.is_zero()) return std::vector<std::string>();
  const auto text = TRY(runner.output_of(in_scratch(
      plan.ours, {"diff-tree", "-r", "-z", "--raw", "--no-renames", request.head.oid.hex(), plan.result.hex()})));
  std::vector<std::string> paths;
  const auto fields = split(text, '\0');
  for (std::size_t i = 0; i + 1 < fields.size(); i += 2)
    if (fields[i].size() > 14 && fields[i].substr(8, 6) == "160000") paths.emplace_back(fields[i + 1]);
  return paths;
}

Result<Oid> tree_of(const GitRunner& runner, const HostRepository& ours, const Oid& commit) {
  return oid_in(TRY(runner.output_of(in_scratch(ours, {"rev-parse", "--verify", commit.hex() + "^{tree}"}))),
                "git rev-parse");
}

// Kind and result, of histories that both exist.
Status decide(const GitRunner& runner, const ApplyRequest& request, ApplyPlan& plan, const Clock& clock) {
  const Oid& head = request.head.oid;
  plan.base = TRY(merge_base(runner, plan.ours, head, request.tip));
  if (plan.base.is_zero())
    return fail("apply '" + request.name + "'", "it has no commit in common with the branch you are on",
                "switch to the branch the session started from");
  plan.commits = TRY(count_new(runner, plan.ours, head, request.tip));
  if (plan.base == request.tip) return {};
  const bool forward = plan.base == head;
  plan.kind = request.mode == ApplyMode::squash ? ApplyKind::squash : forward ? ApplyKind::forward : ApplyKind::merge;
  if (plan.kind == ApplyKind::forward) {
    plan.result = request.tip;
    return {};
  }
  const auto merged = forward ? Merged{TRY(tree_of(runner, plan.ours, request.tip)), {}}
                              : TRY(merge_trees(runner, plan.ours, head, request.tip));
  if (!merged.conflicts.empty()) {
    plan.kind = ApplyKind::conflict;
    plan.conflicts = merged.conflicts;
    return {};
  }
  if (request.mode == ApplyMode::squash && merged.tree == TRY(tree_of(runner, plan.ours, head))) {
    plan.kind = ApplyKind::nothing;  // squashed before: the same files
    return {};
  }
  plan.result = TRY(write_commit(runner, request, plan, merged.tree, clock));
  return {};
}

}  // namespace

Result<ApplyPlan> plan_apply(const GitRunner& runner, const ApplyRequest& request, const Clock& clock) {
  ApplyPlan plan;
  plan.ours = TRY(make_scratch(request));
  if (request.head.oid.is_zero()) {
    plan.kind = ApplyKind::forward;
    plan.result = request.tip;
    plan.commits = TRY(count_new(runner, plan.ours, {}, request.tip));
  } else {
    TRY_STATUS(decide(runner, request, plan, clock));
  }
  if (plan.result.is_zero()) return plan;
  plan.changed = TRY(changed_paths(runner, plan.ours, request.head.oid, plan.result));
  plan.submodules = TRY(submodules_among(runner, request, plan));
  return plan;
}

Status write_patch(const GitRunner& runner, const ApplyRequest& request, const ApplyPlan& plan, int out_fd,
                   const std::string& only) {
  const std::string empty_tree =
      TRY(runner.output_of(in_scratch(plan.ours, {"hash-object", "-t", "tree", "-w", "/dev/null"})));
  auto call = in_scratch(
      plan.ours, {"diff-tree", "-r", "-p", "--binary", "--full-index", "--no-ext-diff", "--no-textconv", "--no-color",
                  "--find-renames", request.head.oid.is_zero() ? std::string(trim(empty_tree)) : request.head.oid.hex(),
                  plan.result.hex()});
  if (!only.empty()) call.arguments.insert(call.arguments.end(), {"--", ":(top,literal)" + only});
  call.stdout_fd = out_fd;
  auto child = TRY(runner.spawn(call));
  const int status = os::shell_status(TRY(child.wait()));
  if (status != 0) return fail("write the patch", "git diff-tree ended with status " + std::to_string(status));
  return {};
}

Result<Applied> carry_out(const GitRunner& runner, const ApplyRequest& request, const ApplyPlan& plan,
                          const Clock& clock) {
  const auto refs = TRY(RefStore::open(request.host));
  std::vector<Oid> have{request.tip};
  if (!request.head.oid.is_zero()) have.push_back(request.head.oid);
  KeptPack kept;
  if (plan.result != request.tip) kept = TRY(transfer_objects(runner, plan.ours, request.host, plan.result, have));
  const auto lock = TRY(IndexLock::take(request.host.git_dir));
  const auto now = TRY(refs.head());
  if (now.ref != request.head.ref || now.oid != request.head.oid)
    return fail("apply '" + request.name + "'", "your branch moved meanwhile", "do it again");
  const WorktreeUpdate update{request.host, plan.ours, request.top, request.settings, request.head.oid, plan.result};
  const auto outcome = TRY(update_worktree(runner, update, lock));
  if (!outcome.in_the_way.empty()) return Applied{outcome.in_the_way};
  const RefUpdate move{request.head.ref, request.head.oid, plan.result, "bailey apply: " + request.name};
  const auto moved = TRY(refs.update(move, clock));
  if (moved != UpdateOutcome::updated)
    return fail("move '" + request.head.ref + "'", "another program holds it or moved it meanwhile",
                "the changes are in your files and staged: commit them, or do it again");
  (void)refs.note_head_moved(move, clock);
  return Applied{};
}

}  // namespace bailey::git

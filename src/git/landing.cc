#include "git/landing.h"

#include <algorithm>
#include <ctime>

#include "base/text.h"
#include "git/object_transfer.h"
#include "git/ref_name.h"
#include "os/files.h"

namespace bailey::git {
namespace {

constexpr int attempts_max = 8;          // other programs may move the ref meanwhile
constexpr std::size_t have_max = 256;    // tips named to git as "the host has these"
constexpr int archive_names_max = 1000;  // of one branch in one second

// Everything that stays the same while we try.
struct Scene {
  const GitRunner& runner;
  const LandingRequest& request;
  const Clock& clock;
  HostRepository quarantine;
  RefStore quarantine_refs;
  RefStore host_refs;
  Oid tip;     // of the session's branch
  Oid landed;  // see landed_ref
};

Result<Scene> set_scene(const GitRunner& runner, const LandingRequest& request, const Clock& clock) {
  TRY_STATUS(check_branch_name(request.branch));
  TRY_STATUS(check_ref_name("refs/bailey/" + request.session));
  HostRepository quarantine = TRY(open_quarantine(request.quarantine));
  if (quarantine.format != request.host.format)
    return fail("land the branch", "quarantine and host repository use different object formats");
  RefStore quarantine_refs = TRY(RefStore::open(quarantine));
  RefStore host_refs = TRY(RefStore::open(request.host));
  const Oid tip = TRY(quarantine_refs.read(branch_ref(request.branch)));
  const Oid landed = TRY(quarantine_refs.read(landed_ref));
  return Scene{runner, request, clock, std::move(quarantine), std::move(quarantine_refs), std::move(host_refs),
               tip,    landed};
}

Result<bool> reaches(const Scene& scene, const Oid& descendant, const Oid& ancestor) {
  return is_contained(scene.runner, scene.quarantine, ancestor, {descendant});
}

// Tips whose history the host certainly has and keeps: refs and checked-out commits, the nearest first.
Result<std::vector<Oid>> tips_of_host(const Scene& scene, const Oid& old_tip) {
  std::vector<Oid> tips;
  const auto add = [&](const Oid& oid) {
    if (!oid.is_zero() && tips.size() < have_max && std::find(tips.begin(), tips.end(), oid) == tips.end())
      tips.push_back(oid);
  };
  add(old_tip);
  for (const auto& oid : TRY(scene.host_refs.worktree_heads())) add(oid);
  for (const auto& ref : TRY(scene.host_refs.list("refs/heads/"))) add(ref.oid);
  for (const auto& ref : TRY(scene.host_refs.list("refs/remotes/"))) add(ref.oid);
  return tips;
}

Result<std::uint64_t> count_commits(const Scene& scene, const std::vector<Oid>& have) {
  std::string input = scene.tip.hex() + '\n';
  for (const auto& oid : have) input += '^' + oid.hex() + '\n';
  Invocation count;
  count.git_dir = scene.quarantine.git_dir;
  count.arguments = {"rev-list", "--count", "--stdin"};
  count.reach.read_only = scene.quarantine.object_stores;
  const auto output = TRY(scene.runner.run(count, input));
  // A number for the report only: a broken ref among `have` is no reason to stop.
  return output.exit_status == 0 ? std::strtoull(output.out.c_str(), nullptr, 10) : 0;
}

struct Target {
  std::string ref;
  Oid checked_out_tip;  // of the session's branch, when it is checked out and `ref` is beside it
  enum class Kind { branch, beside } kind = Kind::branch;
};

Result<Target> choose_target(const Scene& scene) {
  const std::string branch = branch_ref(scene.request.branch);
  const auto busy = TRY(scene.host_refs.checked_out());
  if (std::none_of(busy.begin(), busy.end(), [&](const CheckedOut& one) { return one.ref == branch; }))
    return Target{branch, {}, Target::Kind::branch};
  return Target{"refs/bailey/" + scene.request.session, TRY(scene.host_refs.read(branch)), Target::Kind::beside};
}

Result<std::string> how_to_take(const Scene& scene, const Target& target) {
  if (target.kind == Target::Kind::branch) return "git merge " + shell_quoted(scene.request.branch);
  const bool forward = target.checked_out_tip.is_zero() || TRY(reaches(scene, scene.tip, target.checked_out_tip));
  return (forward ? "git merge --ff-only " : "git merge ") + shell_quoted(target.ref);
}

// What to do about a ref that is at `old_tip` now; nullopt: move it.
Result<std::optional<LandingKind>> settled(const Scene& scene, const Target& target, const Oid& old_tip) {
  if (target.kind == Target::Kind::beside && !target.checked_out_tip.is_zero()) {
    if (target.checked_out_tip == scene.tip) return LandingKind::unchanged;
    if (target.checked_out_tip != scene.landed && TRY(reaches(scene, target.checked_out_tip, scene.tip)))
      return LandingKind::contained;
  }
  if (old_tip == scene.tip) return LandingKind::unchanged;
  if (old_tip.is_zero()) return scene.tip == scene.landed ? std::optional(LandingKind::nothing) : std::nullopt;
  // Behind what the host has: the user went on from there. Unless the host is where we left it: then the agent went
  // back.
  if (old_tip != scene.landed && TRY(reaches(scene, old_tip, scene.tip))) return LandingKind::contained;
  return std::optional<LandingKind>();
}

// nullopt: the ref moved meanwhile.
Result<std::optional<Landing>> attempt(const Scene& scene) {
  const Target target = TRY(choose_target(scene));
  Landing landing;
  landing.ref = target.ref;
  landing.new_tip = scene.tip;
  landing.old_tip = TRY(scene.host_refs.read(target.ref));
  if (const auto kind = TRY(settled(scene, target, landing.old_tip))) {
    landing.kind = *kind;
    if (*kind == LandingKind::unchanged && target.checked_out_tip != scene.tip)
      landing.how_to_take = TRY(how_to_take(scene, target));
    return landing;
  }
  const auto have = TRY(tips_of_host(scene, landing.old_tip));
  const KeptPack kept = TRY(transfer_objects(scene.runner, scene.quarantine, scene.request.host, scene.tip, have));
  landing.commits = TRY(count_commits(scene, landing.old_tip.is_zero() ? have : std::vector{landing.old_tip}));
  if (!landing.old_tip.is_zero() && !TRY(reaches(scene, scene.tip, landing.old_tip)))
    landing.archived_ref = TRY(archive_ref(scene.host_refs, target.ref, landing.old_tip, scene.clock));
  const auto outcome = TRY(scene.host_refs.update(
      {target.ref, landing.old_tip, scene.tip, "bailey: session " + scene.request.session}, scene.clock));
  if (outcome == UpdateOutcome::locked)
    return fail("update '" + target.ref + "'", "another program holds its lock",
                "if no git runs there, remove '" + os::join(scene.request.host.common_dir, target.ref) +
                    ".lock'; then `bailey apply`");
  if (outcome == UpdateOutcome::changed_meanwhile) return std::optional<Landing>();
  landing.kind = LandingKind::landed;
  landing.how_to_take = TRY(how_to_take(scene, target));
  return landing;
}

}  // namespace

std::string_view name_of(LandingKind kind) {
  switch (kind) {
    case LandingKind::landed:
      return "landed";
    case LandingKind::unchanged:
      return "unchanged";
    case LandingKind::contained:
      return "contained";
    case LandingKind::nothing:
      break;
  }
  return "nothing";
}

Result<Landing> land(const GitRunner& runner, const LandingRequest& request, const Clock& clock) {
  const Fd lock = TRY(os::lock_file(os::join(request.quarantine, "landing-lock")));
  const Scene scene = TRY(set_scene(runner, request, clock));
  if (scene.tip.is_zero()) return Landing{};
  for (int i = 0; i < attempts_max; ++i) {
    auto landing = TRY(attempt(scene));
    if (!landing) continue;
    const bool there = landing->kind == LandingKind::landed || landing->kind == LandingKind::unchanged;
    // Only a note for the next landing; the branch is safe without it.
    if (there && scene.landed != scene.tip)
      (void)scene.quarantine_refs.update({std::string(landed_ref), scene.landed, scene.tip, "landed"}, clock);
    return *landing;
  }
  return fail("land branch '" + request.branch + "'", "the host's ref keeps moving", "`bailey apply` tries again");
}

std::string archive_name(std::string_view name, WallTime time) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(time);
  std::tm utc{};
  ::gmtime_r(&seconds, &utc);
  char stamp[32];
  std::strftime(stamp, sizeof stamp, "%Y%m%dT%H%M%SZ", &utc);
  return std::string(name) + "-archived-" + stamp;
}

Result<std::string> archive_ref(const RefStore& refs, std::string_view ref, const Oid& tip, const Clock& clock) {
  for (const auto& other : TRY(refs.list(std::string(ref) + "-archived-")))
    if (other.oid == tip) return other.name;
  const std::string base = archive_name(ref, clock.wall_now());
  for (int number = 1; number <= archive_names_max; ++number) {
    const std::string name = number == 1 ? base : base + '-' + std::to_string(number);
    const auto outcome = TRY(refs.update({name, {}, tip, "bailey: archived from " + std::string(ref)}, clock));
    if (outcome == UpdateOutcome::updated) return name;
  }
  return fail("archive '" + std::string(ref) + "'", "every name for it is taken or locked");
}

}  // namespace bailey::git

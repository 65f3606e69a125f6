#include "verify/arena.h"

#include <span>

#include "os/files.h"
#include "sandbox/identity.h"
#include "sandbox/rootfs.h"
#include "sandbox/seccomp_floor.h"
#include "sandbox/seccomp_profile.h"

namespace bailey::verify {
namespace {

constexpr const char* probe_path = "/run/bailey/probe/bailey-probe";

std::string bytes_of(std::span<const sock_filter> program) {
  return {reinterpret_cast<const char*>(program.data()), program.size_bytes()};
}

Result<std::string> seccomp_program(const Subject& subject, const std::string& cache) {
  std::string program = bytes_of(sandbox::floor_prefix());
  if (subject.seccomp_profile.empty()) return program + bytes_of(sandbox::default_profile());
  const std::string text = TRY(os::read_file(subject.seccomp_profile, sandbox::oci_profile_bytes_max));
  const auto profile = TRY(sandbox::cached_profile(text, subject.seccomp_profile, cache));
  return program + bytes_of(profile.code);
}

Result<sandbox::SandboxPlan> make_plan(const Subject& subject, const Options& options, const Fixture& fixture) {
  sandbox::RootfsInput input;
  input.session_home = fixture.path(fixture_path::home);
  input.helpers = os::join(options.helpers, "guest");
  input.workspace = fixture.path(fixture_path::workspace);
  input.memory_bytes = subject.limits.memory_bytes;
  input.devices = subject.devices;
  input.read_only.push_back({TRY(os::real_path(os::join(options.helpers, "bailey-probe"))), probe_path});
  for (const auto& path : subject.extra_paths) input.read_only.push_back({TRY(os::real_path(path)), path});

  const auto host = sandbox::host_facts(options.user.home, options.path_variable);
  sandbox::SandboxPlan plan;
  plan.host_name = "bailey";
  plan.ids = sandbox::choose_ids(sandbox::identity_facts());
  plan.steps = sandbox::rootfs_steps(host, input, sandbox::find_toolchains(host));
  plan.files = sandbox::rootfs_rules(input);
  plan.seccomp_program = TRY(seccomp_program(subject, options.user.cache));
  return plan;
}

}  // namespace

Result<Arena> Arena::open(const Subject& subject, const Options& options, const Fixture& fixture, std::string name,
                          std::uint32_t left_out, std::optional<sandbox::GatewayNetwork> network) {
  Arena arena;
  arena.plan_ = TRY(make_plan(subject, options, fixture));
  arena.plan_.left_out = left_out;
  arena.plan_.gateway = std::move(network);
  arena.limits_ = subject.limits;
  arena.name_ = std::move(name);
  arena.init_program_ = os::join(options.helpers, "bailey-init");
  if ((left_out & init::without::resource_limits) == 0) arena.choice_ = sandbox::choose_cgroup(sandbox::cgroup_facts());
  arena.plan_.resource_limits = sandbox::resource_limits(subject.limits, arena.choice_.form);
  TRY_STATUS(arena.start());
  return arena;
}

Status Arena::start() {
  sandbox_.reset();
  cgroup_.remove();
  cgroup_ = TRY(sandbox::Cgroup::create(choice_, name_, limits_));
  sandbox_ = TRY(sandbox::launch(plan_, init_program_, cgroup_));
  return {};
}

Result<Trial> Arena::run(std::string_view act, const std::vector<std::string>& arguments, Surroundings& around) {
  if (!sandbox_) TRY_STATUS(start());
  std::vector<std::string> argv = {probe_path, "run", std::string(act)};
  argv.insert(argv.end(), arguments.begin(), arguments.end());
  auto trial = try_inside(*sandbox_, next_id_++, argv, around);
  if (trial || trial.error().code == interrupted_code) return trial;
  sandbox_.reset();
  return Trial{Verdict::broken, trial.error().code, trial.error().what + ": " + trial.error().why};
}

}  // namespace bailey::verify

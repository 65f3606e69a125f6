// The stages before the command runs. Each should do what its name says, and mustn't touch the host's repository.
#include <fcntl.h>
#include <unistd.h>

#include <algorithm>

#include "git/confine.h"
#include "git/quarantine.h"
#include "git/remote_runner.h"
#include "git/service.h"
#include "os/files.h"
#include "sandbox/environment.h"
#include "sandbox/identity.h"
#include "sandbox/network.h"
#include "sandbox/seccomp_floor.h"
#include "sandbox/seccomp_profile.h"
#include "sandbox/usage.h"
#include "session/supervisor_state.h"

namespace bailey::session {
namespace {

constexpr std::chrono::milliseconds limit_period{1000};
constexpr std::chrono::milliseconds disk_period_min{3000};
constexpr std::chrono::milliseconds settle_delay{500};
constexpr std::uint64_t settle_bytes_max = std::uint64_t{256} << 20;
constexpr std::uint64_t settle_disk_share = 4;  // at most a quarter of the session's disk limit
constexpr int disk_period_factor = 20;          // the walk takes at most a twentieth of one processor

std::string bytes_of(std::span<const sock_filter> program) {
  return std::string(reinterpret_cast<const char*>(program.data()), program.size_bytes());
}

}  // namespace

Status Supervisor::open_log() {
  const audit::Identity identity{request_.claim.name, request_.record.agent};
  audit::Limits limits;
  if (request_.spec.audit_bytes_max != 0) limits.total_bytes_max = request_.spec.audit_bytes_max;
  log_ = TRY(
      audit::Writer::open(request_.claim.directory, os::join(request_.user.state, "keys"), identity, clock_, limits));
  audit::Event event{.action = request_.mode == SuperviseMode::start     ? audit::Name("start")
                               : request_.mode == SuperviseMode::restart ? audit::Name("restart")
                                                                         : audit::Name("recover")};
  event.subject.add("repository", request_.record.repository)
      .add("branch", request_.record.branch)
      .add("base", request_.record.base_commit)
      .add("network", request_.record.network)
      .add("pids", request_.spec.limits.pids)
      .add("memory_bytes", request_.spec.limits.memory_bytes)
      .add("disk_bytes", request_.spec.limits.disk_bytes)
      .add("pushes", request_.spec.push);
  TRY_STATUS(log_->append(event));
  for (const auto& weakened : request_.record.degraded) {
    audit::Event grant{.level = audit::Level::notice, .category = audit::Category::policy, .action = "grant"};
    grant.subject.add("grant", weakened);
    TRY_STATUS(log_->append(grant));
  }
  checkpoint_timer_ = loop_->every(std::chrono::seconds(1), [this] {
    if (log_ && log_->checkpoint_due()) (void)log_->checkpoint();
  });
  return {};
}

Status Supervisor::prepare_workspace() {
  auto& spec = request_.spec;
  if (request_.mode == SuperviseMode::start) {
    const git::GitRunner runner(git::find_git(), git::landlock_confiner());
    request_.workspace.git = &runner;
    auto prepared = workspace::prepare(request_.workspace);
    request_.workspace.git = nullptr;
    if (!prepared) return std::unexpected(std::move(prepared).error());
    spec.workspace = std::move(*prepared);
    if (spec.workspace.mode != workspace::Mode::copy)
      request_.notes.push_back("workspace: " + std::string(workspace::to_string(spec.workspace.mode)) + " (" +
                               spec.workspace.why + ")");
    for (const auto& note : spec.workspace.notes) request_.notes.push_back(note);
    if (!spec.workspace.withheld.empty()) {
      std::string names;
      for (std::size_t i = 0; i < std::min<std::size_t>(spec.workspace.withheld.size(), 5); ++i)
        names += (names.empty() ? "" : ", ") + spec.workspace.withheld[i];
      if (spec.workspace.withheld.size() > 5) names += ", …";
      request_.notes.push_back("withheld from the agent: " + std::to_string(spec.workspace.withheld.size()) +
                               " file(s) that look like secrets (" + names + ")");
    }
    TRY_STATUS(os::make_directories(os::join(request_.claim.directory, "home"), 0700));
    if (request_.workspace.owner && ::chown(os::join(request_.claim.directory, "home").c_str(),
                                            request_.workspace.owner->uid, request_.workspace.owner->gid) != 0)
      return fail_errno("give the agent its home directory");
  } else if (auto again = workspace::prepare_remount(spec.workspace); !again) {
    return std::unexpected(std::move(again).error().within("open the workspace again"));
  }
  request_.record.workspace_mode = workspace::to_string(spec.workspace.mode);
  audit::Event event{.category = audit::Category::fs, .action = "workspace"};
  event.subject.add("mode", request_.record.workspace_mode)
      .add("why", spec.workspace.why)
      .add("withheld", spec.workspace.withheld.size());
  record(std::move(event));
  return save_spec(request_.claim.directory, spec);
}

Status Supervisor::create_quarantine() {
  const std::string path = os::join(request_.claim.directory, "quarantine.git");
  if (request_.mode != SuperviseMode::start) return git::clean_quarantine(path);
  const auto& facts = request_.workspace.source;
  git::QuarantineSpec spec;
  spec.path = path;
  spec.branch = request_.record.branch;
  if (facts.kind != workspace::SourceKind::directory) {
    spec.format = facts.repository.format;
    spec.object_stores = facts.repository.object_stores;
    spec.head = facts.head.oid;
    spec.shallow = facts.repository.shallow;
  }
  return git::create_quarantine(spec);
}

RemoteConfig Supervisor::remote_config() const {
  RemoteConfig config;
  config.remotes = guarded_remotes(request_.spec);
  config.host_git_dir = request_.spec.host_git_dir;
  config.rules = request_.git_rules;
  if (!request_.spec.push) config.refused = "this session may not push or fetch (--no-push)";
  else if (request_.spec.network.empty()) config.refused = "this session has no network (--network restricted)";
  if (keeper_)
    for (const auto& secret : keeper_->vault().keep().secrets)
      if (std::string part = git::searched_part(secret.placeholder); !part.empty())
        config.stand_ins.push_back({.id = secret.id, .text = std::move(part)});
  std::vector<std::string> environment;
  environment.reserve(request_.host_environment.size());
  for (const auto& [name, value] : request_.host_environment)
    environment.push_back(std::string(name).append("=").append(value));
  config.environment = git::credential_environment(environment);
  return config;
}

Status Supervisor::open_guest_socket() {
  git::ServiceConfig config;
  config.git_program = git::find_git();
  if (config.git_program.empty()) return fail("find git", "it is not installed", "install it: sudo apt install git");
  config.quarantine = os::join(request_.claim.directory, "quarantine.git");
  config.session = request_.claim.name;
  config.branch = request_.record.branch;
  if (request_.spec.push && !request_.spec.host_git_dir.empty())
    config.target = git::LandingTarget{request_.spec.host_git_dir};
  const std::string path = guest_socket_path(request_.claim.directory);
  guest_ = TRY(GuestServices::open(
      *loop_, path, request_.program, std::move(config), remote_config(), broker_config(),
      {.on_report = [this](const json::Value& report) { on_git_report(report); },
       .on_domain_wanted = [this](std::string_view host) { return on_domain_wanted(host); },
       .on_refused =
           [this](std::string_view why) {
             audit::Event event{.level = audit::Level::warning,
                                .category = audit::Category::git,
                                .action = "guest_refused",
                                .tier = audit::Tier::decided,
                                .decision = audit::Decision::deny};
             event.subject.add("reason", why);
             record(std::move(event));
           },
       .on_ask = [this](approval::Request request, GuestServices::Handlers::Reply reply) -> Result<std::uint64_t> {
         if (!approvals_) return fail("ask about the push", "the session is ending");
         return approvals_->ask(std::move(request), std::move(reply));
       },
       .on_asker_gone =
           [this](std::uint64_t id) {
             if (approvals_) approvals_->forget(id);
           },
       .on_broker_event = [this](const broker::Event& event) { on_broker_event(event); }}));
  const auto ids = sandbox::choose_ids(sandbox::identity_facts());
  if (::geteuid() == 0 && ::chown(path.c_str(), ids.uid, ids.gid) != 0) return fail_errno("chown '" + path + "'");
  return {};
}

Result<std::string> Supervisor::seccomp_program() const {
  std::string program = bytes_of(sandbox::floor_prefix());
  if (request_.spec.seccomp_profile.empty()) return program + bytes_of(sandbox::default_profile());
  const std::string text = TRY(os::read_file(request_.spec.seccomp_profile, sandbox::oci_profile_bytes_max));
  const auto profile = TRY(sandbox::cached_profile(text, request_.spec.seccomp_profile, request_.user.cache));
  return program + bytes_of(profile.code);
}

Result<sandbox::SandboxPlan> Supervisor::sandbox_plan() {
  const auto& spec = request_.spec;
  sandbox::RootfsInput input;
  input.session_home = os::join(request_.claim.directory, "home");
  input.helpers = os::join(request_.helpers, "guest");
  input.guest_socket = guest_socket_path(request_.claim.directory);
  input.workspace = spec.workspace.root;
  input.git_config = guest_git_config();
  input.memory_bytes = spec.limits.memory_bytes;
  for (const auto& overlay : spec.workspace.overlays) {
    sandbox::MountStep step;
    step.kind = init::Step::overlay;
    step.target = overlay.target.empty() ? sandbox::workspace_path : os::join(sandbox::workspace_path, overlay.target);
    step.source = overlay.lower;
    step.upper = overlay.upper;
    step.work = overlay.work;
    input.overlays.push_back(std::move(step));
  }
  for (const auto& store : spec.workspace.object_stores)
    input.read_only.push_back({store.host_path, store.sandbox_path});
  for (const auto& path : spec.extra_paths) input.read_only.push_back({TRY(os::real_path(path)), path});
  if (spec.gpu)
    for (const auto& name : os::list_directory("/dev").value_or(std::vector<std::string>()))
      if (name.starts_with("nvidia") || name == "kfd") input.devices.push_back("/dev/" + name);
  if (spec.gpu && os::is_directory("/dev/dri"))
    for (const auto& name : os::list_directory("/dev/dri").value_or(std::vector<std::string>()))
      if (name.starts_with("render")) input.devices.push_back("/dev/dri/" + name);

  if (gateway_) input.trust = trust_directory();

  const auto host = sandbox::host_facts(request_.user.home, request_.path_variable);
  toolchains_ = sandbox::find_toolchains(host);
  sandbox::SandboxPlan plan;
  plan.host_name = "bailey";
  plan.ids = sandbox::choose_ids(sandbox::identity_facts());
  plan.steps = sandbox::rootfs_steps(host, input, toolchains_);
  plan.files = sandbox::rootfs_rules(input);
  plan.seccomp_program = TRY(seccomp_program());
  if (gateway_) plan.gateway = sandbox::GatewayNetwork{sandbox::redirect_rules()};
  return plan;
}

Status Supervisor::launch_sandbox() {
  auto plan = TRY(sandbox_plan());
  const auto choice = sandbox::choose_cgroup(sandbox::cgroup_facts());
  cgroup_ = TRY(sandbox::Cgroup::create(choice, request_.claim.name, request_.spec.limits));
  plan.resource_limits = sandbox::resource_limits(request_.spec.limits, choice.form);
  sandbox_ = TRY(sandbox::begin_launch(plan, os::join(request_.helpers, "bailey-init"), cgroup_));
  request_.record.limits.enforced_by = sandbox::to_string(choice.form);
  save_record();
  return {};
}

// Should: have every wall up before anything of the agent runs.
Status Supervisor::await_sandbox() {
  TRY_STATUS(sandbox_->wait_until_built());
  audit::Event event{.action = "sandbox"};
  event.subject.add("landlock_abi", sandbox_->landlock_abi())
      .add("limits", request_.record.limits.enforced_by)
      .add("uid", sandbox::choose_ids(sandbox::identity_facts()).uid)
      .add("seccomp", request_.spec.seccomp_profile.empty() ? "built in" : request_.spec.seccomp_profile);
  record(std::move(event));
  sandbox_watch_ =
      TRY(loop_->watch(sandbox_->control(), event::Interest::read, [this](event::Ready) { on_sandbox_event(); }));
  watch_limits();
  return {};
}

Status Supervisor::start_command() {
  forget_secret_variables();
  environment_ = sandbox::agent_environment({.host = request_.host_environment,
                                             .passed = request_.spec.passed_variables,
                                             .manifest = request_.spec.manifest_environment,
                                             .placeholders = placeholder_variables(),
                                             .session = request_.claim.name,
                                             .branch = request_.record.branch,
                                             .network = request_.record.network,
                                             .push = request_.spec.push,
                                             .through_gateway = gateway_ != nullptr,
                                             .ssh_agent = guest_ssh_agent()},
                                            toolchains_);
  for (const auto& note : request_.notes) tell(note);
  phase_ = Phase::running;
  if (request_.mode == SuperviseMode::recover) {
    begin_end();
    return {};
  }
  const auto& io = *find(main_id)->io;
  sandbox::CommandSpec command{.id = main_id, .argv = request_.spec.argv, .environment = environment_};
  if (!request_.spec.workspace.git.prefix.empty())
    command.directory = os::join(sandbox::workspace_path, request_.spec.workspace.git.prefix);
  command.terminal = io.kind() == IoKind::terminal;
  command.rows = io.size().rows;
  command.columns = io.size().columns;
  for (int number = 0; number < 3; ++number) command.standard[number] = io.child_end(number);
  audit::Event event{.category = audit::Category::exec, .action = "run"};
  event.subject.add("command", command.argv.front()).add("arguments", command.argv.size());
  record(std::move(event));
  return sandbox_->start(command);
}

// Not before the command had a moment, so that a short one does not pay for it.
void Supervisor::settle_later() {
  if (request_.spec.workspace.mode != workspace::Mode::overlay || phase_ != Phase::running) return;
  settle_timer_ = loop_->after(settle_delay, [this] { settle(); });
}

// Should make later edits on the host invisible (guest/settle.h); mustn't hold anything up, so nobody waits for it or
// asks how it went. It ends with everything else that runs when the command has ended.
void Supervisor::settle() {
  if (phase_ != Phase::running) return;
  const Fd null(::open("/dev/null", O_RDWR | O_CLOEXEC));
  const std::uint64_t disk = request_.spec.limits.disk_bytes;
  const std::uint64_t bytes = disk == 0 ? settle_bytes_max : std::min(settle_bytes_max, disk / settle_disk_share);
  sandbox::CommandSpec command{.id = settle_id,
                               .argv = {"/run/bailey/bin/bailey", "settle", std::to_string(bytes)},
                               .environment = environment_};
  for (int& stream : command.standard) stream = null.get();
  if (null) (void)sandbox_->start(command);
}

void Supervisor::watch_limits() {
  limit_timer_ = loop_->every(limit_period, [this] { check_limits(); });
  disk_timer_ = loop_->after(disk_period_min, [this] { check_disk(); });
}

void Supervisor::check_limits() {
  if (phase_ != Phase::running) return;
  if (request_.record.limits.enforced_by != "rlimits") return;  // the kernel does it
  const auto usage = sandbox::process_usage(sandbox_->init_pid());
  if (usage.memory_bytes <= request_.spec.limits.memory_bytes) return;
  audit::Event event{.level = audit::Level::warning,
                     .category = audit::Category::resource,
                     .action = "memory_limit",
                     .tier = audit::Tier::decided,
                     .decision = audit::Decision::deny};
  event.subject.add("used_bytes", usage.memory_bytes).add("limit_bytes", request_.spec.limits.memory_bytes);
  record(std::move(event));
  stop(StopMode::save, "stopped: more memory than its limit", 124);
}

void Supervisor::check_disk() {
  if (phase_ != Phase::running) return;
  const std::string& directory = request_.claim.directory;
  const auto before = clock_.steady_now();
  const std::uint64_t limit = request_.spec.limits.disk_bytes;
  const std::uint64_t used = sandbox::disk_usage(
      {os::join(directory, "workspace"), os::join(directory, "upper"), os::join(directory, "home")}, limit);
  const auto took = std::chrono::duration_cast<std::chrono::milliseconds>(clock_.steady_now() - before);
  if (used > limit) {
    audit::Event event{.level = audit::Level::warning,
                       .category = audit::Category::resource,
                       .action = "disk_limit",
                       .tier = audit::Tier::decided,
                       .decision = audit::Decision::deny};
    event.subject.add("used_bytes", used).add("limit_bytes", limit);
    record(std::move(event));
    return stop(StopMode::save, "stopped: more disk space than its limit", 124);
  }
  disk_timer_ = loop_->after(std::max<std::chrono::milliseconds>(disk_period_min, took * disk_period_factor),
                             [this] { check_disk(); });
}

void Supervisor::fail_start(const Error& error) {
  request_.record.status = SessionStatus::failed;
  request_.record.last_error = to_lines(error);
  audit::Event event{.level = audit::Level::warning, .action = "failed", .decision = audit::Decision::deny};
  event.subject.add("what", error.what).add("why", error.why);
  record(std::move(event));
  stop_reason_ = error.what + ": " + error.why;
  if (!error.remedy.empty()) stop_reason_ += "; " + error.remedy;
  stop_status_ = 125;
  phase_ = Phase::draining;
  find(main_id)->io->abandon();
  finish();
}

}  // namespace bailey::session

#include "cli/start.h"

#include <unistd.h>

#include <cerrno>
#include <charconv>
#include <cstdlib>
#include <cstring>

#include "base/text.h"
#include "cli/landing_findings.h"
#include "cli/plan.h"
#include "cli/session_credentials.h"
#include "gateway/plan_rules.h"
#include "git/confine.h"
#include "git/remote_address.h"
#include "git/service.h"
#include "os/files.h"
#include "policy/session_name.h"
#include "sandbox/identity.h"
#include "workspace/settings.h"

namespace bailey::cli {
namespace {

constexpr int name_attempts_max = 1000;  // of <agent>/session-N when others take the same number at the same moment

std::string path_variable() {
  const char* path = std::getenv("PATH");
  return path != nullptr ? path : "/usr/bin:/bin";
}

// Branches that other sessions of this repository work on, or hold work for that has not landed.
std::vector<std::string> live_branches(const session::Registry& registry, const std::string& repository) {
  std::vector<std::string> branches;
  for (const auto& entry : registry.list().value_or(std::vector<session::SessionEntry>()))
    if (entry.damage.empty() && entry.record.repository == repository && !entry.record.branch.empty() &&
        (entry.is_live || entry.record.unlanded_work || entry.record.status == session::SessionStatus::interrupted))
      branches.push_back(entry.record.branch);
  return branches;
}

struct Branch {
  git::BranchDecision decision;
  git::Oid tip;  // of the existing branch
};

// is_merged() wants a bare repository of ours over the host's objects: one for this question alone.
Result<bool> ask_git_if_merged(const workspace::GitFacts& facts, const git::RefStore& refs, const std::string& branch,
                               const os::UserDirectories& user) {
  TRY_STATUS(os::make_directories(user.cache));
  std::string directory = os::join(user.cache, "merged-XXXXXX");
  if (::mkdtemp(directory.data()) == nullptr) return fail_errno("create '" + directory + "'");
  git::QuarantineSpec spec{.path = os::join(directory, "q.git"),
                           .format = facts.repository.format,
                           .object_stores = facts.repository.object_stores,
                           .branch = "main",
                           .head = {},
                           .shallow = facts.repository.shallow};
  const auto answer = [&]() -> Result<bool> {
    TRY_STATUS(git::create_quarantine(spec));
    const auto quarantine = TRY(git::open_quarantine(spec.path));
    const git::GitRunner runner(git::find_git(), git::landlock_confiner());
    return git::is_merged(runner, quarantine, refs, branch);
  }();
  (void)os::remove_tree(directory);
  return answer;
}

Result<Branch> choose_branch(const policy::SessionPlan& plan, const workspace::GitFacts& facts,
                             const StartOptions& options, const session::Registry& registry,
                             const os::UserDirectories& user, const std::vector<std::string>& taken) {
  git::BranchRequest request{plan.agent.name, git::BranchMode::automatic, plan.branch, options.consent};
  if (plan.branch_choice.value == policy::BranchChoice::named) request.mode = git::BranchMode::named;
  if (plan.branch_choice.value == policy::BranchChoice::current) request.mode = git::BranchMode::use_current;
  git::BranchFacts branch_facts;
  std::optional<git::RefStore> refs;
  if (facts.kind != workspace::SourceKind::directory) {
    refs = TRY(git::RefStore::open(facts.repository));
    branch_facts = TRY(git::gather_branch_facts(*refs));
    branch_facts.merged = [&](const std::string& branch) { return ask_git_if_merged(facts, *refs, branch, user); };
  }
  branch_facts.live = live_branches(registry, facts.top);
  branch_facts.live.insert(branch_facts.live.end(), taken.begin(), taken.end());
  auto decision = TRY(git::decide_branch(request, branch_facts));
  if (decision.action == git::BranchAction::ask) {
    if (!options.ask || !options.ask(decision.question))
      return fail("start on branch '" + decision.branch + "'",
                  decision.question.empty() ? decision.reason : decision.question,
                  "say yes with -y, or choose another name with -b");
    request.consent = git::Consent::given;
    decision = TRY(git::decide_branch(request, branch_facts));
  }
  Branch branch{std::move(decision), {}};
  if (refs) branch.tip = TRY(refs->read("refs/heads/" + branch.decision.branch));
  return branch;
}

session::SessionRecord make_record(const policy::SessionPlan& plan, const workspace::GitFacts& facts,
                                   const Branch& branch) {
  session::SessionRecord record;
  record.agent = plan.agent.name;
  record.repository = facts.top;
  record.branch = branch.decision.branch;
  record.base_commit = facts.head.oid.hex();
  record.network = policy::to_string(plan.network.value);
  record.workspace_mode = policy::to_string(plan.workspace.value);
  record.limits = {
      plan.limits.cpus.value, plan.limits.memory_bytes.value, plan.limits.pids.value, plan.limits.disk_bytes.value, {}};
  record.created = SystemClock().wall_now();
  record.name = plan.name.empty()
                    ? policy::session_name(plan.agent.name, std::string(os::base_name(facts.top)), record.branch)
                    : policy::named_session(plan.agent.name, plan.name);
  const auto& grants = plan.grants;
  if (grants.gpu) record.degraded.emplace_back("gpu");
  if (grants.seccomp_profile) record.degraded.emplace_back("seccomp profile " + grants.seccomp_profile->value.path);
  if (grants.trusted_profile) record.degraded.emplace_back("trusted profile");
  for (const auto& path : grants.read_only_paths) record.degraded.emplace_back("path " + path.value.path);
  for (const auto& variable : grants.environment) record.degraded.emplace_back("variable " + variable.value.name);
  return record;
}

session::SessionSpec make_spec(const policy::SessionPlan& plan, const workspace::GitFacts& facts) {
  session::SessionSpec spec;
  spec.argv = plan.argv;
  spec.manifest_environment = plan.agent.environment;
  for (const auto& variable : plan.grants.environment) spec.passed_variables.push_back(variable.value.name);
  for (const auto& path : plan.grants.read_only_paths) spec.extra_paths.push_back(path.value.path);
  if (plan.grants.seccomp_profile) spec.seccomp_profile = plan.grants.seccomp_profile->value.path;
  spec.gpu = plan.grants.gpu.has_value();
  spec.push = plan.push.value == policy::Push::yes;
  spec.limits = {plan.limits.pids.value, plan.limits.memory_bytes.value, plan.limits.cpus.value,
                 plan.limits.disk_bytes.value, plan.limits.open_files.value};
  spec.audit_bytes_max = plan.audit_bytes_max.value;
  spec.approvals = policy::to_string(plan.approvals.value);
  spec.approval_seconds = plan.approval_minutes.value * 60;
  if (plan.network.value != policy::Network::restricted) spec.network = policy::to_string(plan.network.value);
  spec.profile = policy::to_string(plan.profile.value);
  for (const auto& pattern : plan.allow_domains) spec.allow_domains.push_back(pattern.value);
  if (facts.kind != workspace::SourceKind::directory) spec.host_git_dir = facts.repository.git_dir;
  return spec;
}

Result<workspace::Request> make_workspace_request(const policy::SessionPlan& plan, workspace::GitFacts facts,
                                                  const std::string& branch, const os::UserDirectories& user) {
  workspace::Request request;
  request.source = std::move(facts);
  request.excluded = {user.state, user.cache};
  request.branch = branch;
  using Wanted = workspace::WantedMode;
  request.mode = plan.workspace.value == policy::WorkspaceMode::copy      ? Wanted::copy
                 : plan.workspace.value == policy::WorkspaceMode::overlay ? Wanted::overlay
                                                                          : Wanted::automatic;
  const bool as_root = ::geteuid() == 0;
  request.overlay = as_root ? workspace::OverlaySupport::unavailable : workspace::OverlaySupport::same_owner;
  if (as_root) {
    const auto ids = sandbox::choose_ids(sandbox::identity_facts());
    request.owner = workspace::Owner{ids.uid, ids.gid};
  }
  request.user = user_home(user);
  for (const auto& pattern : plan.secret_patterns) request.secret_rules += pattern.value + '\n';
  request.cache_directory = user.cache;
  const auto names = TRY(secret_names(plan));
  request.is_secret = [names](std::string_view name) { return names.matches(name); };
  return request;
}

// Where the repository's remotes are: the gateway looks into what is sent there.
std::vector<gateway::GitHost> git_hosts(const std::vector<git::GuardedRemote>& remotes) {
  std::vector<gateway::GitHost> hosts;
  for (const auto& remote : remotes)
    for (const auto& url : {remote.url, remote.push_url}) {
      const auto address = git::parse_remote_address(url);
      if (!address || address->host.empty() || address->host.front() == '[') continue;
      std::uint16_t port = 0;
      if (address->transport != git::Transport::ssh)
        std::from_chars(address->port.data(), address->port.data() + address->port.size(), port);
      hosts.push_back({address->host, port});
    }
  return hosts;
}

std::vector<git::GuardedRemote> remotes_of(const workspace::GitFacts& facts) {
  workspace::Notes ignored;  // said when the workspace is prepared
  if (facts.kind == workspace::SourceKind::directory) return {};
  return workspace::guarded_remotes(workspace::read_remotes(facts.repository, ignored), facts.top);
}

std::vector<policy::GitRule> git_rules(const policy::SessionPlan& plan) {
  std::vector<policy::GitRule> rules;
  rules.reserve(plan.git_rules.size());
  for (const auto& rule : plan.git_rules) rules.push_back(rule.value);
  return rules;
}

// What the session was started with, for whatever is decided by the configuration as it is now.
PlanRequest plan_request(const session::SessionSpec& spec, const session::SessionRecord& record) {
  PlanRequest request{.agent = record.agent, .repository = record.repository, .command = spec.argv, .flags = {}};
  if (!spec.network.empty()) request.flags.network = spec.network;
  request.flags.profile = spec.profile;
  request.flags.allow_domains = spec.allow_domains;
  return request;
}

// The policy from the configuration as it is when it is asked: an edit of the user's files counts at once, and nothing
// that this session was refused at its start comes back.
std::function<Result<std::string>(std::span<const policy::NetworkRule>)> network_policy(
    const session::SessionSpec& spec, const session::SessionRecord& record, const os::UserDirectories& user,
    const std::vector<gateway::GitHost>& git_hosts) {
  if (spec.network.empty()) return {};
  return [request = plan_request(spec, record), user,
          git_hosts](std::span<const policy::NetworkRule> said) -> Result<std::string> {
    return gateway::policy_text(TRY(make_plan(request, user)), said, git_hosts);
  };
}

// EBUSY: a running session has the branch. For <agent>/session-N the next number is tried.
Result<session::Claim> claim(const session::Registry& registry, const session::SessionRecord& record) {
  auto claimed = registry.claim(record);
  if (claimed || claimed.error().code != EEXIST) return claimed;
  const auto existing = registry.read(record.name);
  if (existing.is_live || existing.record.unlanded_work ||
      existing.record.status == session::SessionStatus::interrupted)
    return std::unexpected(
        std::move(claimed).error().or_remedy("choose another with --name, or `bailey rm " + record.name + "`"));
  // An ended session of the same name whose work has landed makes room.
  auto old = TRY(registry.claim_existing(record.name));
  TRY_STATUS(workspace::cleanup(old.directory));
  TRY_STATUS(registry.remove(std::move(old)));
  return registry.claim(record);
}

}  // namespace

std::vector<std::pair<std::string, std::string>> host_environment() {
  std::vector<std::pair<std::string, std::string>> list;
  for (char** entry = environ; *entry != nullptr; ++entry)
    if (const char* equals = std::strchr(*entry, '='))
      list.emplace_back(std::string(*entry, static_cast<std::size_t>(equals - *entry)), equals + 1);
  return list;
}

Result<PreparedSession> prepare_session(const policy::SessionPlan& plan, const StartOptions& options,
                                        const os::UserDirectories& user) {
  const auto installed = TRY(installation());
  auto facts = TRY(workspace::discover(plan.repository));
  auto registry = TRY(session::Registry::open(user.state));
  std::vector<std::string> taken;
  session::SuperviseRequest request;
  Branch branch;
  for (int attempt = 0;; ++attempt) {
    branch = TRY(choose_branch(plan, facts, options, registry, user, taken));
    request.record = make_record(plan, facts, branch);
    if (attempt == 0) options.begin();
    auto claimed = claim(registry, request.record);
    if (claimed) {
      request.claim = std::move(*claimed);
      break;
    }
    const bool retry = (claimed.error().code == EBUSY || claimed.error().code == EEXIST) &&
                       attempt < name_attempts_max && plan.branch_choice.value == policy::BranchChoice::automatic &&
                       plan.name.empty();
    if (!retry) return std::unexpected(std::move(claimed).error());
    taken.push_back(branch.decision.branch);
  }
  const auto undo = [&](Error error) {
    (void)registry.remove(std::move(request.claim));
    return std::unexpected(std::move(error));
  };
  if (branch.decision.action == git::BranchAction::replace || branch.decision.action == git::BranchAction::archive) {
    const auto refs = git::RefStore::open(facts.repository);
    if (!refs) return undo(refs.error());
    const auto replaced = git::replace_branch(*refs, branch.decision, branch.tip, facts.head.oid, SystemClock());
    if (!replaced) return undo(replaced.error());
    if (!replaced->empty()) request.notes.push_back("the old " + branch.decision.branch + " is kept as " + *replaced);
  }
  request.spec = make_spec(plan, facts);
  auto remotes = session::guarded_remotes(request.spec);
  for (auto& remote : remotes_of(facts)) remotes.push_back(std::move(remote));
  const auto hosts = git_hosts(remotes);
  request.network_policy = network_policy(request.spec, request.record, user, hosts);
  if (request.network_policy) request.first_policy = gateway::policy_text(plan, {}, hosts);
  request.git_rules = git_rules(plan);
  auto credentials = credential_plan(plan);
  if (!credentials) return undo(credentials.error());
  request.credentials = std::move(*credentials);
  request.credentials.origin = origin_of(remotes);
  request.brokers =
      brokers_of(plan, facts.kind == workspace::SourceKind::directory ? nullptr : &facts.repository, user);
  auto workspace_request = make_workspace_request(plan, std::move(facts), branch.decision.branch, user);
  if (!workspace_request) return undo(workspace_request.error());
  request.workspace = std::move(*workspace_request);
  request.workspace.session_directory = request.claim.directory;
  for (const auto& note : plan.notes) request.notes.push_back(note);
  request.user = user;
  request.io = options.io;
  request.size = options.size;
  request.host_environment = host_environment();
  request.path_variable = path_variable();
  request.program = installed.program;
  request.helpers = installed.helpers;
  return PreparedSession{std::move(registry), std::move(request)};
}

Result<StartedSession> start_again(const session::Registry& registry, const session::SessionEntry& entry,
                                   session::SuperviseMode mode, session::IoKind io, session::WindowSize size,
                                   const os::UserDirectories& user) {
  const auto installed = TRY(installation());
  session::SuperviseRequest request;
  request.mode = mode;
  request.spec = TRY(session::load_spec(entry.directory));
  request.claim = TRY(registry.claim_existing(entry.name));
  request.record = entry.record;
  request.record.status = session::SessionStatus::starting;
  request.record.ended.reset();
  request.record.last_error.clear();
  request.network_policy =
      network_policy(request.spec, request.record, user, git_hosts(session::guarded_remotes(request.spec)));
  // Saving the work must not depend on a configuration without mistakes.
  if (mode != session::SuperviseMode::recover) {
    const auto plan = TRY(make_plan(plan_request(request.spec, request.record), user));
    request.git_rules = git_rules(plan);
    request.credentials = TRY(credential_plan(plan));
    request.credentials.origin = origin_of(session::guarded_remotes(request.spec));
    const auto facts = workspace::discover(request.record.repository);
    const bool has_repository = facts && facts->kind != workspace::SourceKind::directory;
    request.brokers = brokers_of(plan, has_repository ? &facts->repository : nullptr, user);
  }
  request.user = user;
  request.io = io;
  request.size = size;
  request.host_environment = host_environment();
  request.path_variable = path_variable();
  request.program = installed.program;
  request.helpers = installed.helpers;
  auto connection = TRY(session::start_supervisor(registry, std::move(request)));
  return StartedSession{entry.name, entry.record.branch, std::move(connection)};
}

}  // namespace bailey::cli

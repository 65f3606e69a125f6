#include "policy/resolve.h"

#include <fmt/format.h>

#include "base/text.h"
#include "policy/allowlist_file.h"
#include "policy/branch_name.h"
#include "policy/builtin_secrets.h"
#include "policy/config_file.h"
#include "policy/domain_pattern.h"
#include "policy/merge.h"
#include "policy/quantity.h"
#include "policy/resolve_credentials.h"
#include "policy/resolve_git.h"
#include "policy/resolve_network.h"

namespace bailey::policy {
namespace {

constexpr std::size_t shown_bytes_max = 100;

// Stage 1: what must run, and where, is fit for the kernel and for messages.
Status take_command(const Inputs& inputs, SessionPlan& plan) {
  plan.agent = inputs.agent;
  plan.argv_is_custom = !inputs.command.empty();
  plan.argv = plan.argv_is_custom ? inputs.command : inputs.agent.command;
  plan.repository = inputs.repository.empty() ? "." : inputs.repository;
  if (has_control_characters(plan.repository) || plan.repository.size() > repository_bytes_max) {
    return fail(fmt::format("repository '{}'", plan.repository.substr(0, shown_bytes_max)),
                "the path is too long or contains control characters", "rename the directory or use a link to it");
  }
  if (plan.argv.front().empty()) return fail("command", "its name is empty", "give a command after --");
  std::size_t bytes = 0;
  for (const auto& argument : plan.argv) {
    bytes += argument.size() + 1;
    if (argument.find('\0') != std::string::npos) return fail("command", "an argument contains a NUL character");
    if (argument.size() > argument_bytes_max || bytes > argv_bytes_max) {
      return fail("command",
                  fmt::format("longer than the kernel takes ({} bytes an argument, {} in all)", argument_bytes_max,
                              argv_bytes_max),
                  "pass long text through a file");
    }
  }
  return {};
}

// Stage 2: branch and name, which only flags can set.
Status take_names(const Flags& flags, SessionPlan& plan) {
  plan.attach = {
      flags.attach,
      {flags.attach == Attach::no ? Layer::flags : Layer::builtin, flags.attach == Attach::no ? "--detach" : "", {}}};
  if (flags.name) {
    if (flags.name->empty() || flags.name->size() > name_bytes_max || has_control_characters(*flags.name) ||
        visible(*flags.name) != *flags.name) {
      return fail(fmt::format("--name '{}'", flags.name->substr(0, shown_bytes_max)),
                  fmt::format("a name has 1 to {} bytes of plain text", name_bytes_max), "choose a short word");
    }
    plan.name = *flags.name;
  }
  plan.branch_choice = {BranchChoice::automatic, {}};
  if (flags.use_current_branch == CurrentBranch::yes) {
    if (flags.branch) {
      return fail("--use-current-branch", "it contradicts --branch", "give one of them");
    }
    plan.branch_choice = {BranchChoice::current, {Layer::flags, "--use-current-branch", {}}};
  } else if (flags.branch) {
    auto branch = agent_branch(plan.agent.name, *flags.branch);
    if (!branch) return std::unexpected(std::move(branch).error().within("--branch"));
    plan.branch = std::move(*branch);
    plan.branch_choice = {BranchChoice::named, {Layer::flags, "--branch", {}}};
  }
  return {};
}

// Stage 3: texts and flags become layers.
Result<Layers> parse_layers(const Inputs& inputs) {
  Layers layers{.bounds = {}, .layers = {}, .project_trust = inputs.files.project_trust};
  const auto& home = inputs.host.home;
  for (const auto& file : inputs.files.administrator) {
    layers.bounds.push_back(TRY(parse_config(file.text, file.file, home)));
  }
  const auto add = [&](Layer layer, const std::optional<LayerText>& file,
                       const std::optional<LayerText>& allowlist) -> Status {
    if (!file && !allowlist) return {};
    Values values;
    if (file) values = TRY(parse_config(file->text, file->file, home));
    if (allowlist) values.allowlist = TRY(parse_allowlist(allowlist->text, allowlist->file));
    layers.layers.push_back({layer, std::move(values), {}});
    return {};
  };
  TRY_STATUS(add(Layer::user, inputs.files.user, inputs.files.user_allowlist));
  TRY_STATUS(add(Layer::project, inputs.files.project, inputs.files.project_allowlist));
  layers.layers.push_back({Layer::flags, TRY(flag_values(inputs.flags, {home, inputs.host.directory})), {}});
  return layers;
}

template <typename T>
std::string show_word(const T& value) {
  return std::string(to_string(value));
}

std::string show_size(const std::uint64_t& bytes) { return format_size(bytes); }
std::string show_count(const std::uint64_t& value) { return std::to_string(value); }

Values profile_values(Profile profile, const std::string& place) {
  Values values;
  if (profile == Profile::review) {
    values.network = Given{Network::restricted, place};
    values.push = Given{Push::no, place};
  } else if (profile == Profile::trusted) {
    values.network = Given{Network::allow_all, place};
  }
  return values;
}

// Stage 4: the profile is chosen first, then its values take their place before those of the layer that chose it.
Status choose_profile(Layers& layers, SessionPlan& plan) {
  const OrderedKey<Profile> key{"profile", &Values::profile, Profile::development, show_word<Profile>};
  plan.profile = TRY(merge_ordered(key, layers, plan.notes));
  const auto& [profile, origin] = plan.profile;
  if (const auto bound = strictest_bound(key, layers); bound && bound->value == Profile::review) {
    layers.bounds.push_back(profile_values(Profile::review, bound->place));
  }
  if (profile == Profile::trusted) plan.grants.trusted_profile = {grants::TrustedProfile{}, origin};
  for (auto layer = layers.layers.begin(); layer != layers.layers.end(); ++layer) {
    if (layer->layer != origin.layer) continue;
    layers.layers.insert(
        layer, {origin.layer, profile_values(profile, origin.place), fmt::format("profile {}", to_string(profile))});
    break;
  }
  return {};
}

// Stage 5: modes and limits.
Status merge_modes(const Layers& layers, SessionPlan& plan) {
  const OrderedKey<Network> network{"network", &Values::network, Network::proxy, show_word<Network>};
  const OrderedKey<Push> push{"push", &Values::push, Push::yes, show_word<Push>};
  const OrderedKey<WorkspaceMode> workspace{"workspace", &Values::workspace, WorkspaceMode::automatic,
                                            show_word<WorkspaceMode>};
  plan.network = TRY(merge_ordered(network, layers, plan.notes));
  plan.push = TRY(merge_ordered(push, layers, plan.notes));
  plan.workspace = TRY(merge_ordered(workspace, layers, plan.notes));
  const OrderedKey<Approvals> approvals{"approvals", &Values::approvals, Approvals::queue, show_word<Approvals>};
  const OrderedKey<std::uint64_t> minutes{"approval_minutes", &Values::approval_minutes, approval_minutes_default,
                                          show_count};
  plan.approvals = TRY(merge_ordered(approvals, layers, plan.notes));
  plan.approval_minutes = TRY(merge_ordered(minutes, layers, plan.notes));
  return {};
}

Status merge_limits(const Layers& layers, const HostFacts& host, SessionPlan& plan) {
  using Key = OrderedKey<std::uint64_t>;
  const Key memory{"limits.memory", &Values::memory_bytes, memory_bytes_default, show_size};
  const Key pids{"limits.pids", &Values::pids, pids_default, show_count};
  const Key disk{"limits.disk", &Values::disk_bytes, disk_bytes_default, show_size};
  const Key open_files{"limits.open_files", &Values::open_files, open_files_default, show_count};
  const OrderedKey<double> cpus{"limits.cpus", &Values::cpus, cpus_default,
                                [](const double& value) { return fmt::format("{}", value); }};
  auto& limits = plan.limits;
  limits.memory_bytes = TRY(merge_ordered(memory, layers, plan.notes));
  limits.pids = TRY(merge_ordered(pids, layers, plan.notes));
  limits.disk_bytes = TRY(merge_ordered(disk, layers, plan.notes));
  limits.open_files = TRY(merge_ordered(open_files, layers, plan.notes));
  limits.cpus = TRY(merge_ordered(cpus, layers, plan.notes));
  if (limits.cpus.value > host.cpus) {
    if (limits.cpus.origin.layer != Layer::builtin) {
      plan.notes.push_back(fmt::format("limits.cpus: {} from {} is more than this machine has; it is {}",
                                       limits.cpus.value, to_string(limits.cpus.origin), host.cpus));
    }
    limits.cpus.value = host.cpus;
  }
  const FixedKey<std::uint64_t> audit{"audit_bytes_max", &Values::audit_bytes_max, audit_bytes_max_default, show_size};
  plan.audit_bytes_max = TRY(merge_fixed(audit, layers, plan.notes));
  return {};
}

// Stage 6: grants.
bool is_same(std::string_view bound, std::string_view entry) { return bound == entry; }

bool is_at_or_below(std::string_view bound, std::string_view path) {
  return path.starts_with(bound) && (path.size() == bound.size() || path[bound.size()] == '/');
}

Status merge_grants(const Layers& layers, SessionPlan& plan) {
  auto& grants = plan.grants;
  const OrderedKey<GpuAccess> gpu{"gpu", &Values::gpu, GpuAccess::no,
                                  [](const GpuAccess& value) { return value == GpuAccess::yes ? "yes" : "no"; },
                                  ProjectRights::never_loosen};
  const FixedKey<std::string> seccomp{"seccomp_profile", &Values::seccomp_profile, std::string(builtin_seccomp_word),
                                      [](const std::string& path) { return path; }};
  const ListKey paths{"paths.read_only", &Values::read_only_paths, is_at_or_below, ProjectRights::never_loosen};
  const ListKey variables{"environment.pass", &Values::environment, is_same, ProjectRights::never_loosen};
  const auto chosen_gpu = TRY(merge_ordered(gpu, layers, plan.notes));
  if (chosen_gpu.value == GpuAccess::yes) grants.gpu = {grants::Gpu{}, chosen_gpu.origin};
  const auto profile = TRY(merge_fixed(seccomp, layers, plan.notes));
  if (profile.value != builtin_seccomp_word) {
    grants.seccomp_profile = {grants::SeccompProfile{profile.value}, profile.origin};
  }
  for (auto& path : TRY(merge_list(paths, layers, plan.notes))) {
    grants.read_only_paths.push_back({grants::ReadOnlyPath{std::move(path.value)}, std::move(path.origin)});
  }
  for (auto& variable : TRY(merge_list(variables, layers, plan.notes))) {
    grants.environment.push_back({grants::EnvironmentVariable{std::move(variable.value)}, std::move(variable.origin)});
  }
  const ListKey domains{"allow_domains", &Values::allow_domains, covers};
  plan.allow_domains = TRY(merge_list(domains, layers, plan.notes));
  return {};
}

// Stage 7: secret names. The last pattern that matches decides, so the administrator's come last; a project's come
// before the user's, who may except files from them.
void add_patterns(const Values& values, Layer layer, SessionPlan& plan) {
  if (!values.secret_patterns) return;
  for (const auto& [pattern, place] : *values.secret_patterns) {
    plan.secret_patterns.push_back({pattern, {layer, place, {}}});
  }
}

void add_exceptions(const Values& values, Layer layer, SessionPlan& plan) {
  if (!values.secret_exceptions) return;
  for (const auto& [pattern, place] : *values.secret_exceptions) {
    const Origin origin{layer, place, {}};
    plan.secret_patterns.push_back({"!" + pattern, origin});
    plan.grants.secret_exceptions.push_back({grants::SecretException{pattern}, origin});
  }
}

void note_exceptions(const LayerValues& layer, SessionPlan& plan) {
  if (!layer.values.secret_exceptions) return;
  for (const auto& [pattern, place] : *layer.values.secret_exceptions) {
    note_project(plan.notes, "secrets.except", pattern, {layer.layer, place, {}}, ProjectRights::as_trusted);
  }
}

Status merge_secrets(const Layers& layers, SessionPlan& plan) {
  for (auto& pattern : TRY(builtin_secret_patterns())) plan.secret_patterns.push_back({std::move(pattern), {}});
  for (const auto& bound : layers.bounds) add_exceptions(bound, Layer::administrator, plan);
  for (const auto layer_now : {Layer::project, Layer::user, Layer::flags}) {
    for (const auto& layer : layers.layers) {
      if (layer.layer != layer_now) continue;
      add_patterns(layer.values, layer.layer, plan);
      if (layer.layer == Layer::project && layers.project_trust == Trust::untrusted) {
        note_exceptions(layer, plan);
      } else {
        add_exceptions(layer.values, layer.layer, plan);
      }
    }
  }
  for (const auto& bound : layers.bounds) add_patterns(bound, Layer::administrator, plan);
  return {};
}

// Stage 8: what landing holds back. Anybody may protect a path, a repository that nobody trusts included; what is not
// asked about is the user's and the administrator's say.
Status merge_landing(const Layers& layers, SessionPlan& plan) {
  const auto add = [](const Values::List& list, Layer layer, std::vector<Setting<std::string>>& to) {
    if (!list) return;
    for (const auto& [text, place] : *list) to.push_back({text, {layer, place, {}}});
  };
  for (const auto& bound : layers.bounds) {
    add(bound.protected_paths, Layer::administrator, plan.protected_paths);
    add(bound.accepted_findings, Layer::administrator, plan.accepted_findings);
  }
  for (const auto& layer : layers.layers) {
    add(layer.values.protected_paths, layer.layer, plan.protected_paths);
    if (layer.layer != Layer::project) {
      add(layer.values.accepted_findings, layer.layer, plan.accepted_findings);
    } else if (layer.values.accepted_findings) {
      for (const auto& [text, place] : *layer.values.accepted_findings) {
        note_project(plan.notes, "apply.accept", text, {layer.layer, place, {}}, ProjectRights::never_loosen);
      }
    }
  }
  return {};
}

}  // namespace

Result<SessionPlan> resolve(const Inputs& inputs) {
  SessionPlan plan;
  TRY_STATUS(take_command(inputs, plan));
  TRY_STATUS(take_names(inputs.flags, plan));
  auto layers = TRY(parse_layers(inputs));
  TRY_STATUS(choose_profile(layers, plan));
  TRY_STATUS(merge_modes(layers, plan));
  TRY_STATUS(merge_limits(layers, inputs.host, plan));
  TRY_STATUS(merge_grants(layers, plan));
  TRY_STATUS(merge_network_rules(layers, plan));
  TRY_STATUS(merge_network_limits(layers, plan));
  merge_git_rules(layers, plan);
  TRY_STATUS(merge_credentials(layers, plan));
  TRY_STATUS(merge_secrets(layers, plan));
  TRY_STATUS(merge_landing(layers, plan));
  return plan;
}

}  // namespace bailey::policy

// bailey verify: attack the sandbox of this plan on this machine, and say whether it holds.
#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>
#include <memory>

#include "cli/command.h"
#include "cli/plan.h"
#include "gateway/plan_rules.h"
#include "json/write.h"
#include "os/files.h"
#include "verify/render.h"
#include "verify/verify.h"

namespace bailey::cli {
namespace {

struct VerifyOptions {
  PlanFlags plan;
  bool json = false;
};

// As the supervisor binds them for --gpu.
std::vector<std::string> gpu_devices() {
  std::vector<std::string> devices;
  for (const auto& name : os::list_directory("/dev").value_or(std::vector<std::string>()))
    if (name.starts_with("nvidia") || name == "kfd") devices.push_back("/dev/" + name);
  if (!os::is_directory("/dev/dri")) return devices;
  for (const auto& name : os::list_directory("/dev/dri").value_or(std::vector<std::string>()))
    if (name.starts_with("render")) devices.push_back("/dev/dri/" + name);
  return devices;
}

verify::Subject subject_of(const policy::SessionPlan& plan) {
  verify::Subject subject;
  subject.network = policy::to_string(plan.network.value);
  if (plan.network.value != policy::Network::restricted) subject.gateway_policy = gateway::policy_text(plan);
  subject.limits = {plan.limits.pids.value, plan.limits.memory_bytes.value, plan.limits.cpus.value,
                    plan.limits.disk_bytes.value, plan.limits.open_files.value};
  if (plan.grants.seccomp_profile) subject.seccomp_profile = plan.grants.seccomp_profile->value.path;
  for (const auto& path : plan.grants.read_only_paths) subject.extra_paths.push_back(path.value.path);
  if (plan.grants.gpu) subject.devices = gpu_devices();
  return subject;
}

int verify_plan(const VerifyOptions& options) {
  const auto directories = user();
  if (!directories) return report(directories.error(), exit_not_started);
  const auto installed = installation();
  if (!installed) return report(installed.error(), exit_not_started);
  const auto plan = make_plan({"shell", {}, {"true"}, finished(options.plan)}, *directories);
  if (!plan) return report(plan.error(), exit_not_started);
  const char* path = std::getenv("PATH");
  verify::Options how{*directories, installed->helpers, path == nullptr ? "" : path, {}};
  const bool terminal = ::isatty(2) != 0;
  if (terminal)
    how.progress = [](std::string_view act) {
      std::fprintf(stderr, "\r\033[Kbailey: %.*s", static_cast<int>(act.size()), act.data());
    };
  const auto found = verify::verify(subject_of(*plan), how);
  if (terminal) std::fputs("\r\033[K", stderr);
  if (!found) return report(found.error(), exit_not_started);
  if (options.json) std::printf("%s\n", json::write(verify::to_json(*found), json::Layout::indented).c_str());
  else std::fputs(verify::to_text(*found).c_str(), stdout);
  return found->ok() ? 0 : 1;
}

}  // namespace

void add_verify(CLI::App& app, Action& chosen) {
  auto options = std::make_shared<VerifyOptions>();
  CLI::App* command = app.add_subcommand("verify", "attack the sandbox on this machine and show that it holds");
  command->footer(
      "Every attack also runs where only the layer that stops it is off, to show that it would work. Some of these\n"
      "controls need root. Exit status: 0 everything holds, 1 something does not, 125 the sandbox did not start.");
  command->add_flag("--json", options->json, "JSON on stdout");
  add_plan_flags(*command, options->plan);
  command->callback([&chosen, options] { chosen = [options] { return verify_plan(*options); }; });
}

}  // namespace bailey::cli

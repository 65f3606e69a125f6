#include "verify/gather_host.h"

#include <sys/statvfs.h>
#include <sys/utsname.h>
#include <unistd.h>

#include <cerrno>
#include <chrono>

#include "base/text.h"
#include "os/files.h"
#include "os/process.h"
#include "policy/manifest.h"
#include "sandbox/landlock.h"
#include "sandbox/network.h"
#include "session/host_network.h"
#include "verify/host_trials.h"

namespace bailey::verify {
namespace {

constexpr const char* git_path = "/usr/local/bin:/usr/bin:/bin";  // where sessions look (git/service.h)
constexpr std::chrono::seconds git_time_max{5};

std::string first_line(const std::string& path) {
  const auto text = os::read_file(path).value_or("");
  return std::string(trim(split(text, '\n').front()));
}

// Signs, not proof: only used to word a remedy. systemd's container interface and what docker and podman leave behind.
std::string container_sign() {
  if (const auto name = first_line("/run/systemd/container"); !name.empty()) return name;
  if (os::exists("/run/.containerenv")) return "podman";
  if (os::exists("/.dockerenv")) return "docker";
  return {};
}

void gather_kernel(HostReport& report) {
  struct utsname name {};
  if (::uname(&name) == 0) report.kernel_release = name.release;
  report.namespaces = try_namespaces();
  constexpr std::pair<const char*, const char*> sysctls[] = {
      {"kernel.unprivileged_userns_clone", "/proc/sys/kernel/unprivileged_userns_clone"},
      {"user.max_user_namespaces", "/proc/sys/user/max_user_namespaces"},
      {"kernel.apparmor_restrict_unprivileged_userns", "/proc/sys/kernel/apparmor_restrict_unprivileged_userns"}};
  for (const auto& [key, path] : sysctls)
    if (auto value = first_line(path); !value.empty()) report.sysctls.emplace_back(key, std::move(value));
  report.container = container_sign();
  report.landlock_abi = sandbox::landlock_abi();
  report.seccomp = try_seccomp();
  report.cgroup = sandbox::choose_cgroup(sandbox::cgroup_facts());
}

void gather_state(HostReport& report, const std::string& directory) {
  report.state_directory = directory;
  if (const auto made = os::make_directories(directory); !made) {
    report.state_writable = {"create it", made.error().code};
    report.overlay = report.reflink = {"not tried: there is no state directory", 0};
    return;
  }
  if (::access(directory.c_str(), W_OK | X_OK) != 0) report.state_writable = {"write to it", errno};
  struct statvfs room {};
  if (::statvfs(directory.c_str(), &room) == 0) report.state_free_bytes = std::uint64_t{room.f_bavail} * room.f_frsize;
  report.overlay = try_overlay(directory);
  report.reflink = try_reflink(directory);
}

void gather_programs(HostReport& report) {
  report.git = os::find_on_path("git", git_path);
  if (report.git.empty()) return;
  const os::Command command{.argv = {report.git, "--version"},
                            .environment = {"PATH=/usr/bin:/bin", "LC_ALL=C"},
                            .directory = "/",
                            .extra_fds = {},
                            .before_exec = {}};
  const auto output = os::run(command, {}, git_time_max);
  constexpr std::string_view prefix = "git version ";
  if (output && output->exit_status == 0 && output->out.starts_with(prefix))
    report.git_version = trim(std::string_view(output->out).substr(prefix.size()));
}

// As a session's supervisor reads them.
void gather_network(HostReport& report, const std::vector<std::pair<std::string, std::string>>& environment) {
  const auto host = session::read_host_network(environment);
  constexpr std::string_view begin = "-----BEGIN CERTIFICATE-----";
  for (auto at = host.ca_bundle.find(begin); at != std::string::npos;
       at = host.ca_bundle.find(begin, at + begin.size()))
    ++report.trusted_certificates;
  for (const auto line : split(host.resolv_conf, '\n'))
    if (trim(line).starts_with("nameserver")) ++report.name_servers;
}

AgentFound find_agent(const std::string& name, const std::string& directory, const std::string& path_variable) {
  const auto manifest = policy::load_manifest(name, directory);
  if (!manifest) return {name, {}, {}, manifest.error().what + ": " + manifest.error().why};
  return {name, policy::find_binary(*manifest, path_variable).value_or(""), manifest->install, {}};
}

}  // namespace

Result<HostReport> gather_host(const os::UserDirectories& user,
                               const std::vector<std::pair<std::string, std::string>>& environment) {
  std::string path_variable = "/usr/bin:/bin";
  for (const auto& [name, value] : environment)
    if (name == "PATH") path_variable = value;
  HostReport report;
  report.uid = ::geteuid();
  gather_kernel(report);
  gather_state(report, user.state);
  gather_programs(report);
  gather_network(report, environment);
  report.packet_rules = try_packet_rules();
  const std::string own_agents = os::join(user.config, "agents");
  for (const auto& name : TRY(policy::agent_names(own_agents)))
    report.agents.push_back(find_agent(name, own_agents, path_variable));
  return report;
}

}  // namespace bailey::verify

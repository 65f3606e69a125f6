#include "verify/doctor.h"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <charconv>
#include <system_error>

#include "base/text.h"
#include "sandbox/landlock.h"

namespace bailey::verify {
namespace {

constexpr double bytes_per_gib = 1 << 30;
constexpr std::string_view no_session = "no session can start";

std::string told(const HostTrial& trial) {
  return trial.error == 0 ? trial.stage : trial.stage + ": " + std::generic_category().message(trial.error);
}

Finding good(std::string name, std::string title, Need need, std::string detail) {
  return {std::move(name), std::move(title), need, Level::ok, std::move(detail), {}, {}};
}

// "6.1.0-18-amd64" is at least major.minor; what can't be read is not.
bool is_at_least(std::string_view release, int major, int minor) {
  int have[2] = {0, 0};
  const char* at = release.data();
  const char* end = at + release.size();
  for (int& number : have) {
    const auto parsed = std::from_chars(at, end, number);
    if (parsed.ec != std::errc()) return false;
    at = parsed.ptr != end ? parsed.ptr + 1 : end;
  }
  return have[0] > major || (have[0] == major && have[1] >= minor);
}

Finding judge_kernel(const HostReport& report) {
  Finding finding = good("kernel", "kernel", Need::required, report.kernel_release);
  if (is_at_least(report.kernel_release, kernel_major_min, kernel_minor_min)) return finding;
  finding.level = Level::missing;
  finding.consequence = no_session;
  finding.remedy = fmt::format("boot Linux {}.{} or newer", kernel_major_min, kernel_minor_min);
  return finding;
}

std::string_view sysctl(const HostReport& report, std::string_view name) {
  for (const auto& [key, value] : report.sysctls)
    if (key == name) return value;
  return {};
}

// What most likely forbids namespaces, the surest sign first.
std::string namespaces_remedy(const HostReport& report) {
  constexpr std::string_view keep = " (and put the setting into /etc/sysctl.d/ to keep it)";
  if (sysctl(report, "kernel.unprivileged_userns_clone") == "0")
    return fmt::format("sudo sysctl -w kernel.unprivileged_userns_clone=1{}", keep);
  if (sysctl(report, "user.max_user_namespaces") == "0")
    return fmt::format("sudo sysctl -w user.max_user_namespaces=15000{}", keep);
  if (sysctl(report, "kernel.apparmor_restrict_unprivileged_userns") == "1")
    return fmt::format(
        "give bailey an AppArmor profile with `userns,`, or sudo sysctl -w "
        "kernel.apparmor_restrict_unprivileged_userns=0{}",
        keep);
  if (report.namespaces.stage == proc_stage)
    return "parts of /proc are covered, as in a container: run bailey on the host, or start the container with /proc "
           "unmasked (docker: --security-opt systempaths=unconfined)";
  if (report.namespaces.stage == map_stage && report.uid == 0)
    return "bailey seems to run as root of a user namespace that lacks the agent's ids: run it on the host, or as "
           "another "
           "user";
  if (!report.container.empty())
    return "run bailey on the host: this looks like a container (" + report.container +
           "), whose seccomp or AppArmor profile most likely forbids it";
  return "a chroot, a container, a security module or a seccomp filter may forbid it: look for a denial in `journalctl "
         "-k`";
}

Finding judge_namespaces(const HostReport& report) {
  Finding finding = good("namespaces", "user namespaces", Need::required, "made and mounted in");
  if (report.namespaces.worked()) return finding;
  finding.level = Level::missing;
  finding.detail = told(report.namespaces);
  finding.consequence = no_session;
  finding.remedy = namespaces_remedy(report);
  return finding;
}

Finding judge_landlock(const HostReport& report) {
  Finding finding = good("landlock", "Landlock", Need::required, fmt::format("ABI {}", report.landlock_abi));
  if (report.landlock_abi < sandbox::landlock_abi_min_default) {
    finding.level = Level::missing;
    finding.detail = "not offered by this kernel";
    finding.consequence = fmt::format("{}; missing: {}", no_session, sandbox::landlock_missing_at(0));
    finding.remedy = "boot Linux 5.13 or newer with `landlock` in the lsm= parameter (see /sys/kernel/security/lsm)";
    return finding;
  }
  finding.consequence = sandbox::landlock_missing_at(report.landlock_abi);
  if (finding.consequence.empty()) return finding;
  finding.level = Level::degraded;
  finding.remedy =
      "a newer kernel (Linux 6.12 has all that bailey uses); the namespaces stand in front of it in any case";
  return finding;
}

Finding judge_seccomp(const HostReport& report) {
  Finding finding = good("seccomp", "seccomp", Need::required, "filters that kill the process");
  if (report.seccomp.worked()) return finding;
  finding.level = Level::missing;
  finding.detail = told(report.seccomp);
  finding.consequence = no_session;
  finding.remedy = "a kernel with CONFIG_SECCOMP_FILTER";
  return finding;
}

Finding judge_limits(const HostReport& report) {
  Finding finding = good("limits", "resource limits", Need::optional, std::string(to_string(report.cgroup.form)));
  if (report.cgroup.form != sandbox::CgroupForm::none) return finding;
  finding.level = Level::degraded;
  finding.detail += ": " + report.cgroup.why;
  finding.consequence =
      "memory is bounded per process and watched from outside for the whole session, processes are "
      "counted per user namespace, and processors are not limited";
  finding.remedy =
      "log in through systemd (a user manager with busctl), or have the administrator delegate a cgroup v2 "
      "subtree with the controllers pids, memory and cpu";
  return finding;
}

Finding judge_state(const HostReport& report) {
  Finding finding = good("state", "state directory", Need::required,
                         fmt::format("{}, {:.1f} GiB free", report.state_directory,
                                     static_cast<double>(report.state_free_bytes) / bytes_per_gib));
  if (!report.state_writable.worked()) {
    finding.level = Level::missing;
    finding.detail = report.state_directory + ": " + told(report.state_writable);
    finding.consequence = no_session;
    finding.remedy = "make it writable for you, or point XDG_STATE_HOME to a directory that is";
  } else if (report.state_free_bytes < state_free_bytes_wanted) {
    finding.level = report.state_free_bytes < state_free_bytes_min ? Level::missing : Level::degraded;
    finding.consequence = finding.level == Level::missing ? no_session : "copies of repositories may not fit";
    finding.remedy =
        "free some space (`bailey ls --all`, `bailey rm`), or point XDG_STATE_HOME to a larger file system";
  }
  return finding;
}

Finding judge_overlay(const HostReport& report) {
  Finding finding = good("overlay", "overlayfs", Need::optional, "mountable in a user namespace");
  if (report.overlay.worked()) return finding;
  finding.level = Level::degraded;
  finding.detail = told(report.overlay);
  finding.consequence = "every file of a repository is copied at the start, however large it is";
  finding.remedy =
      !report.state_writable.worked() ? "see the state directory above"
      : report.uid == 0
          ? "run bailey as an ordinary user"
          : "Linux 5.11 or newer, and XDG_STATE_HOME on a file system that can be an upper layer (ext4, xfs, btrfs)";
  return finding;
}

Finding judge_reflink(const HostReport& report) {
  Finding finding = good("reflink", "reflinks", Need::optional, "the state directory's file system shares blocks");
  if (report.reflink.worked()) return finding;
  finding.level = Level::degraded;
  finding.detail = told(report.reflink);
  finding.consequence = "copies of repositories take their full time and space";
  finding.remedy = !report.state_writable.worked()
                       ? "see the state directory above"
                       : "optional: put XDG_STATE_HOME and the repositories on one btrfs or xfs file system";
  return finding;
}

Finding judge_git(const HostReport& report) {
  Finding finding = good("git", "git", Need::required, fmt::format("{} ({})", report.git_version, report.git));
  if (!report.git.empty() && !report.git_version.empty()) return finding;
  finding.level = Level::missing;
  finding.detail = report.git.empty() ? "not in /usr/local/bin, /usr/bin or /bin" : report.git + " does not run";
  finding.consequence = "no branch can be made and no work can land";
  finding.remedy = "install git (Debian: sudo apt install git)";
  return finding;
}

Finding judge_nft(const HostReport& report) {
  Finding finding = good("nft", "nf_tables", Need::optional, "the rules of a session load");
  if (report.packet_rules.worked()) return finding;
  finding.level = Level::degraded;
  finding.detail = told(report.packet_rules);
  finding.consequence = "no session with a network can start, and that is the default: only --network restricted works";
  finding.remedy = "load the kernel's modules: sudo modprobe nf_tables nft_chain_nat nft_redir nft_reject_inet";
  return finding;
}

Finding judge_certificates(const HostReport& report) {
  Finding finding = good("certificates", "certificates", Need::optional,
                         fmt::format("{} authorities are trusted", report.trusted_certificates));
  if (report.trusted_certificates != 0) return finding;
  finding.level = Level::degraded;
  finding.consequence = "programs in sessions trust no server, and requests to inspected hosts fail";
  finding.remedy = "install ca-certificates (Debian: sudo apt install ca-certificates), or correct SSL_CERT_FILE";
  return finding;
}

Finding judge_resolver(const HostReport& report) {
  Finding finding =
      good("resolver", "name servers", Need::optional, fmt::format("{} in /etc/resolv.conf", report.name_servers));
  if (report.name_servers != 0) return finding;
  finding.level = Level::degraded;
  finding.consequence = "sessions with a network ask a name server at 127.0.0.1, and find no host if there is none";
  finding.remedy = "name one in /etc/resolv.conf: nameserver ADDRESS";
  return finding;
}

Finding judge_agents(const HostReport& report) {
  Finding finding = good("agents", "agents", Need::optional, {});
  std::vector<std::string> absent;
  std::vector<std::string> damaged;
  bool found = false;
  for (const auto& agent : report.agents) {
    if (!agent.damage.empty()) damaged.push_back(agent.damage);
    else if (agent.binary.empty()) absent.push_back(agent.name + " (" + agent.install + ")");
    else {
      finding.detail += (finding.detail.empty() ? "" : ", ") + agent.name;
      found = found || agent.name != "shell";
    }
  }
  if (finding.detail.empty()) finding.detail = "none";
  if (found && damaged.empty()) return finding;
  finding.level = Level::degraded;
  finding.consequence = damaged.empty() ? "only commands of your own can be run: bailey run shell -- COMMAND"
                                        : fmt::format("an agent of yours can't be run: {}", fmt::join(damaged, "; "));
  finding.remedy = damaged.empty() ? fmt::format("install one: {}", fmt::join(absent, ", ")) : "correct its manifest";
  return finding;
}

}  // namespace

std::string_view to_string(Level level) {
  static constexpr std::string_view names[] = {"ok", "degraded", "missing"};
  return names[static_cast<std::size_t>(level)];
}

std::vector<Finding> diagnose(const HostReport& report) {
  return {judge_kernel(report), judge_namespaces(report), judge_landlock(report),     judge_seccomp(report),
          judge_limits(report), judge_state(report),      judge_overlay(report),      judge_reflink(report),
          judge_git(report),    judge_nft(report),        judge_certificates(report), judge_resolver(report),
          judge_agents(report)};
}

bool can_run(const std::vector<Finding>& findings) {
  return std::ranges::none_of(findings, [](const Finding& finding) {
    return finding.need == Need::required && finding.level == Level::missing;
  });
}

int exit_status(const HostReport& report) { return can_run(diagnose(report)) ? 0 : 1; }

std::string to_text(const HostReport& report) {
  const auto findings = diagnose(report);
  std::string text;
  for (const auto& finding : findings) {
    text += fmt::format("{:<9} {:<16} {}\n", to_string(finding.level), finding.title, visible(finding.detail));
    if (!finding.consequence.empty()) text += fmt::format("{:>10}so: {}\n", "", visible(finding.consequence));
    if (!finding.remedy.empty()) text += fmt::format("{:>10}do: {}\n", "", visible(finding.remedy));
  }
  text += can_run(findings) ? "\nbailey can run here; `bailey verify` shows whether the sandbox holds.\n"
                            : "\nbailey can't run here: see what is missing above.\n";
  return text;
}

json::Value to_json(const HostReport& report) {
  const auto findings = diagnose(report);
  json::Array list;
  for (const auto& finding : findings) {
    list.emplace_back(json::Object{{"name", finding.name},
                                   {"level", to_string(finding.level)},
                                   {"required", finding.need == Need::required},
                                   {"detail", finding.detail},
                                   {"consequence", finding.consequence},
                                   {"remedy", finding.remedy}});
  }
  json::Array agents;
  for (const auto& agent : report.agents)
    agents.emplace_back(json::Object{{"name", agent.name},
                                     {"binary", agent.binary.empty() ? json::Value() : json::Value(agent.binary)}});
  return json::Object{{"can_run", can_run(findings)}, {"findings", std::move(list)}, {"agents", std::move(agents)}};
}

}  // namespace bailey::verify

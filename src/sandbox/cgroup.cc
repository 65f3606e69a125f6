#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cerrno>
#include <cmath>
#include <cstdlib>

#include "base/text.h"
#include "os/files.h"
#include "os/process.h"
#include "sandbox/limits.h"

namespace bailey::sandbox {
namespace {

constexpr int period_us = 100'000;  // of cpu.max and cpu.cfs_period_us
constexpr const char* v1_controllers[] = {"pids", "memory", "cpu"};

struct MountLine {
  std::string_view directory;
  std::string_view type;
  std::string_view options;
};

std::vector<MountLine> cgroup_mounts(std::string_view mounts) {
  std::vector<MountLine> lines;
  for (const auto line : split(mounts, '\n')) {
    const auto fields = split(line, ' ');
    if (fields.size() >= 4 && fields[2].starts_with("cgroup")) lines.push_back({fields[1], fields[2], fields[3]});
  }
  return lines;
}

bool has_word(std::string_view list, std::string_view word, char separator) {
  const auto words = split(list, separator);
  return std::find(words.begin(), words.end(), word) != words.end();
}

// The path of "0::/a/b" or of "8:pids:/a" in /proc/self/cgroup (cgroups(7)).
std::string own_path(std::string_view self_cgroup, std::string_view controller) {
  for (const auto line : split(self_cgroup, '\n')) {
    const auto fields = split(line, ':');
    if (fields.size() < 3) continue;
    if (controller.empty() ? fields[0] == "0" && fields[1].empty() : has_word(fields[1], controller, ','))
      return std::string(line.substr(fields[0].size() + fields[1].size() + 2));
  }
  return {};
}

// A v2 group that we may divide: its files are ours and the three controllers are there. The "no internal processes"
// rule keeps a group with members from having children with controllers, so only the root of a delegation without
// domain controllers switched off for us will do; the parent's subtree_control says so.
CgroupChoice choose_v2(const CgroupFacts& facts) {
  for (const auto& mount : cgroup_mounts(facts.mounts)) {
    if (mount.type != "cgroup2") continue;
    std::string directory = std::string(mount.directory) + own_path(facts.self_cgroup, "");
    while (directory.size() > 1 && directory.back() == '/') directory.pop_back();
    // Our own group, then its parent: a login scope is a leaf next to which a delegated parent allows another.
    for (int level = 0; level < 2 && directory.size() >= mount.directory.size(); ++level) {
      const std::string enabled(trim(facts.read(os::join(directory, "cgroup.subtree_control"))));
      const bool complete = std::all_of(std::begin(v1_controllers), std::end(v1_controllers),
                                        [&](const char* name) { return has_word(enabled, name, ' '); });
      if (complete && facts.writable(directory) && facts.writable(os::join(directory, "cgroup.procs")))
        return {CgroupForm::v2_delegated, {directory}, {}};
      directory = std::string(os::directory_name(directory));
    }
    if (facts.user_manager) return {CgroupForm::v2_scope, {std::string(mount.directory)}, {}};
    return {
        CgroupForm::none, {}, "the cgroup v2 tree is not delegated to this user and no systemd user manager answers"};
  }
  return {CgroupForm::none, {}, "no cgroup v2 tree is mounted"};
}

CgroupChoice choose_v1(const CgroupFacts& facts) {
  CgroupChoice choice{CgroupForm::v1, {}, {}};
  for (const char* controller : v1_controllers) {
    std::string found;
    for (const auto& mount : cgroup_mounts(facts.mounts))
      if (mount.type == "cgroup" && has_word(mount.options, controller, ','))
        found = os::join(mount.directory, own_path(facts.self_cgroup, controller).substr(1));
    while (found.size() > 1 && found.back() == '/') found.pop_back();
    if (found.empty() || !facts.writable(found))
      return {
          CgroupForm::none, {}, std::string("the cgroup v1 controller '") + controller + "' is not mounted writable"};
    choice.parents.push_back(found);
  }
  return choice;
}

Status put(const std::string& path, const std::string& value) {
  const Fd fd = TRY(os::open_file(path, O_WRONLY));
  if (::write(fd.get(), value.data(), value.size()) != static_cast<ssize_t>(value.size()))
    return fail_errno("write '" + path + "'");
  return {};
}

std::string quota_us(double cpus) { return std::to_string(std::max(1000L, std::lround(cpus * period_us))); }

Status fill_v2(const std::string& directory, const LimitValues& limits) {
  TRY_STATUS(put(directory + "/pids.max", std::to_string(limits.pids)));
  TRY_STATUS(put(directory + "/memory.max", std::to_string(limits.memory_bytes)));
  if (os::exists(directory + "/memory.swap.max")) TRY_STATUS(put(directory + "/memory.swap.max", "0"));
  if (os::exists(directory + "/memory.oom.group")) TRY_STATUS(put(directory + "/memory.oom.group", "0"));
  return put(directory + "/cpu.max", quota_us(limits.cpus) + " " + std::to_string(period_us));
}

Status fill_v1(const std::vector<std::string>& directories, const LimitValues& limits) {
  TRY_STATUS(put(directories[0] + "/pids.max", std::to_string(limits.pids)));
  TRY_STATUS(put(directories[1] + "/memory.limit_in_bytes", std::to_string(limits.memory_bytes)));
  const std::string with_swap = directories[1] + "/memory.memsw.limit_in_bytes";
  if (os::exists(with_swap)) TRY_STATUS(put(with_swap, std::to_string(limits.memory_bytes)));
  TRY_STATUS(put(directories[2] + "/cpu.cfs_period_us", std::to_string(period_us)));
  return put(directories[2] + "/cpu.cfs_quota_us", quota_us(limits.cpus));
}

std::string group_name(const std::string& session) { return "bailey-" + session; }

// org.freedesktop.systemd1(5), StartTransientUnit: the scope is made around the process, with the limits.
Status start_scope(const std::string& scope, int pid, const LimitValues& limits) {
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  const std::string busctl = os::find_on_path("busctl", "/usr/bin:/bin");
  const auto quota = static_cast<std::uint64_t>(limits.cpus * 1'000'000);
  const os::Command command{
      .argv = {busctl,
               "--user",
               "call",
               "org.freedesktop.systemd1",
               "/org/freedesktop/systemd1",
               "org.freedesktop.systemd1.Manager",
               "StartTransientUnit",
               "ssa(sv)a(sa(sv))",
               scope,
               "fail",
               "5",
               "PIDs",
               "au",
               "1",
               std::to_string(pid),
               "TasksMax",
               "t",
               std::to_string(limits.pids),
               "MemoryMax",
               "t",
               std::to_string(limits.memory_bytes),
               "MemorySwapMax",
               "t",
               "0",
               "CPUQuotaPerSecUSec",
               "t",
               std::to_string(quota),
               "0"},
      .environment = {"PATH=/usr/bin:/bin", std::string("XDG_RUNTIME_DIR=") + (runtime != nullptr ? runtime : "")}};
  const auto output = TRY(os::run(command, {}, std::chrono::seconds(5)));
  if (output.exit_status != 0)
    return fail("start the systemd scope '" + scope + "'", std::string(trim(output.err)),
                "check `systemctl --user status`, or run `bailey doctor`");
  return {};
}

}  // namespace

CgroupChoice choose_cgroup(const CgroupFacts& facts) {
  CgroupChoice v2 = choose_v2(facts);
  if (v2.form != CgroupForm::none) return v2;
  CgroupChoice v1 = choose_v1(facts);
  if (v1.form != CgroupForm::none) return v1;
  return {CgroupForm::none, {}, v2.why + "; " + v1.why};
}

CgroupFacts cgroup_facts() {
  CgroupFacts facts;
  facts.self_cgroup = os::read_file("/proc/self/cgroup").value_or("");
  facts.mounts = os::read_file("/proc/self/mounts").value_or("");
  facts.uid = ::geteuid();
  facts.writable = [](const std::string& path) { return ::access(path.c_str(), W_OK) == 0; };
  facts.read = [](const std::string& path) { return os::read_file(path).value_or(""); };
  const char* runtime = std::getenv("XDG_RUNTIME_DIR");
  facts.user_manager = runtime != nullptr && os::exists(os::join(runtime, "systemd/private")) &&
                       !os::find_on_path("busctl", "/usr/bin:/bin").empty();
  return facts;
}

Cgroup& Cgroup::operator=(Cgroup&& other) noexcept {
  if (this != &other) {
    remove();
    form_ = std::exchange(other.form_, CgroupForm::none);
    directories_ = std::exchange(other.directories_, {});
    scope_ = std::exchange(other.scope_, {});
    limits_ = other.limits_;
  }
  return *this;
}

Result<Cgroup> Cgroup::create(const CgroupChoice& choice, const std::string& name, const LimitValues& limits) {
  Cgroup group;
  group.form_ = choice.form;
  group.limits_ = limits;
  if (choice.form == CgroupForm::v2_scope) {
    group.scope_ = group_name(name) + ".scope";
    return group;
  }
  for (const auto& parent : choice.parents) {
    const std::string directory = os::join(parent, group_name(name));
    if (::mkdir(directory.c_str(), 0755) != 0 && errno != EEXIST)
      return fail_errno("create the cgroup '" + directory + "'");
    group.directories_.push_back(directory);
  }
  if (choice.form == CgroupForm::v2_delegated) TRY_STATUS(fill_v2(group.directories_[0], limits));
  if (choice.form == CgroupForm::v1) TRY_STATUS(fill_v1(group.directories_, limits));
  return group;
}

Status Cgroup::add(int pid) const {
  if (form_ == CgroupForm::v2_scope) return start_scope(scope_, pid, limits_);
  for (const auto& directory : directories_) TRY_STATUS(put(directory + "/cgroup.procs", std::to_string(pid)));
  return {};
}

std::string Cgroup::exceeded() const {
  const auto count = [](const std::string& path, std::string_view key) {
    const std::string text = os::read_file(path).value_or("");
    for (const auto line : split(text, '\n'))
      if (line.starts_with(key) && line.size() > key.size() && line[key.size()] == ' ')
        return std::strtoull(line.data() + key.size(), nullptr, 10);
    return 0ULL;
  };
  if (directories_.empty()) return {};
  const std::string& memory = directories_[directories_.size() > 1 ? 1 : 0];
  const char* events = form_ == CgroupForm::v1 ? "/memory.oom_control" : "/memory.events";
  if (count(memory + events, "oom_kill") > 0) return "memory";
  if (count(directories_[0] + "/pids.events", "max") > 0) return "pids";
  return {};
}

void Cgroup::remove() {
  for (const auto& directory : directories_) {
    // The last process of a killed sandbox may still be on its way out.
    for (int attempt = 0; attempt < 200 && ::rmdir(directory.c_str()) != 0 && errno == EBUSY; ++attempt) ::usleep(2000);
  }
  directories_.clear();
}

void remove_stale_cgroup(const CgroupChoice& choice, const std::string& name) {
  if (choice.form == CgroupForm::v2_scope) return;  // systemd removes an empty scope itself
  for (const auto& parent : choice.parents) ::rmdir(os::join(parent, group_name(name)).c_str());
}

}  // namespace bailey::sandbox

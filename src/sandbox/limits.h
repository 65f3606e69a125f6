// Resource limits: how this host can enforce them, decided before the start, and which form is in force.
//
// Three forms, best first. cgroup v2: a delegated subtree, or a transient systemd scope of the user's manager
// (Documentation/admin-guide/cgroup-v2.rst). cgroup v1: as root only (Documentation/admin-guide/cgroup-v1/). rlimits:
// always available; RLIMIT_NPROC counts per user namespace, memory is bounded per process and watched for the whole
// session (watch.h). Rlimits are set in every form as a second wall.
#pragma once

#include <cstdint>
#include <functional>
#include <string>
#include <vector>

#include "base/result.h"
#include "sandbox/plan.h"

namespace bailey::sandbox {

struct LimitValues {
  std::uint64_t pids = 0;
  std::uint64_t memory_bytes = 0;
  double cpus = 0;
  std::uint64_t disk_bytes = 0;
  std::uint64_t open_files = 0;
};

enum class CgroupForm { none, v1, v2_delegated, v2_scope };
[[nodiscard]] std::string_view to_string(CgroupForm form);  // "cgroup-v2", "cgroup-v2-scope", "cgroup-v1", "rlimits"

struct CgroupChoice {
  CgroupForm form = CgroupForm::none;
  std::vector<std::string> parents;  // v2: one directory; v1: one for each controller, pids, memory and cpu
  std::string why;                   // why nothing better, for doctor and -v
};

// Pure over the texts of /proc/self/cgroup and /proc/self/mounts and two questions about files.
struct CgroupFacts {
  std::string self_cgroup;
  std::string mounts;
  unsigned uid = 0;
  std::function<bool(const std::string& path)> writable;
  std::function<std::string(const std::string& path)> read;  // empty when unreadable
  bool user_manager = false;                                 // systemd's user instance and busctl are there
};
[[nodiscard]] CgroupChoice choose_cgroup(const CgroupFacts& facts);
[[nodiscard]] CgroupFacts cgroup_facts();

// The session's own groups; removed on destruction if nothing lives in them.
class Cgroup {
 public:
  Cgroup() = default;
  Cgroup(Cgroup&& other) noexcept = default;
  Cgroup& operator=(Cgroup&& other) noexcept;
  ~Cgroup() { remove(); }
  // Creates `<parent>/bailey-<name>` and writes the limits. An empty choice yields an empty Cgroup.
  [[nodiscard]] static Result<Cgroup> create(const CgroupChoice& choice, const std::string& name,
                                             const LimitValues& limits);
  // Moves a process that has not run anything of the agent's yet.
  [[nodiscard]] Status add(int pid) const;
  // A limit was hit: "memory" (oom_kill) or "pids"; empty otherwise.
  [[nodiscard]] std::string exceeded() const;
  void remove();

 private:
  CgroupForm form_ = CgroupForm::none;
  std::vector<std::string> directories_;
  std::string scope_;
  LimitValues limits_;
};
// Leftovers of a killed supervisor.
void remove_stale_cgroup(const CgroupChoice& choice, const std::string& name);

// Bounds for every process of the session, whatever the form.
[[nodiscard]] std::vector<ResourceLimit> resource_limits(const LimitValues& limits, CgroupForm form);

}  // namespace bailey::sandbox

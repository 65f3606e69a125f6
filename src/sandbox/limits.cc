#include "sandbox/limits.h"

#include <sys/resource.h>

#include <algorithm>

namespace bailey::sandbox {
namespace {

// A JVM, V8 or Go reserves far more address space than it uses; RLIMIT_DATA counts private writable memory only.
constexpr std::uint64_t locked_bytes_max = std::uint64_t{64} << 20;
constexpr std::uint64_t queue_bytes_max = std::uint64_t{1} << 20;
constexpr std::uint64_t pending_signals_max = 16384;

}  // namespace

std::string_view to_string(CgroupForm form) {
  switch (form) {
    case CgroupForm::v1:
      return "cgroup-v1";
    case CgroupForm::v2_delegated:
      return "cgroup-v2";
    case CgroupForm::v2_scope:
      return "cgroup-v2-scope";
    case CgroupForm::none:
      break;
  }
  return "rlimits";
}

std::vector<ResourceLimit> resource_limits(const LimitValues& limits, CgroupForm form) {
  std::vector<ResourceLimit> list = {{RLIMIT_CORE, 0},
                                     {RLIMIT_NOFILE, limits.open_files},
                                     {RLIMIT_NPROC, limits.pids},
                                     {RLIMIT_FSIZE, limits.disk_bytes},
                                     {RLIMIT_MEMLOCK, locked_bytes_max},
                                     {RLIMIT_MSGQUEUE, queue_bytes_max},
                                     {RLIMIT_SIGPENDING, std::min(pending_signals_max, limits.pids * 4)},
                                     {RLIMIT_NICE, 0},
                                     {RLIMIT_RTPRIO, 0}};
  // Where a cgroup counts memory the kernel's own verdict is better than a refused allocation.
  if (form == CgroupForm::none) list.push_back({RLIMIT_DATA, limits.memory_bytes});
  return list;
}

}  // namespace bailey::sandbox

// What a session uses, measured from outside: for the limits that the kernel does not enforce in every form.
#pragma once

#include <sys/types.h>

#include <cstdint>
#include <string>
#include <vector>

namespace bailey::sandbox {

struct ProcessUsage {
  std::uint64_t memory_bytes = 0;  // resident and not shared, summed over all processes (proc(5), statm)
  unsigned processes = 0;
};
// `init` and everything below it: orphans are children of init, so nothing escapes the walk.
[[nodiscard]] ProcessUsage process_usage(pid_t init);

// Allocated bytes (st_blocks) below the directories; stops counting above `enough`. Follows no link.
[[nodiscard]] std::uint64_t disk_usage(const std::vector<std::string>& directories, std::uint64_t enough);

}  // namespace bailey::sandbox

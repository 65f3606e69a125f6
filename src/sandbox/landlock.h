// The second wall for files, signals and abstract sockets: landlock(7).
//
// How it works: a domain denies every access to files that no rule allows, whatever the mounts say, and is inherited by
// all children for ever. It stands behind the mount namespace: where a mount was forgotten or a path leads outside,
// Landlock still refuses. From ABI 6 on it also keeps signals and abstract unix sockets inside the domain. TCP is left
// free: the network namespace decides about it.
//
// For init, between clone and exec: plain data, nothing allocated, no exceptions. Relies on no_new_privs being set and
// on the paths being those of the final root, opened before any code of the agent has run.
#pragma once

#include <cstddef>
#include <cstdint>

namespace bailey::sandbox {

inline constexpr int landlock_abi_newest = 7;  // the newest that we make use of
inline constexpr int landlock_abi_min_default = 1;

enum class FileAccess : std::uint8_t {
  read,        // files and directories, without executing
  read_exec,   // system directories and tools
  read_write,  // everything but device nodes: workspace, home, /tmp. Execution too, since builds run what they made
  device,      // open, read, write and ioctl(2) of existing nodes: /dev
};

struct LandlockRule {
  const char* path;  // borrowed, absolute; a file or the top of a tree; links are followed
  FileAccess access;
};

struct LandlockPlan {
  const LandlockRule* rules = nullptr;  // borrowed
  std::size_t count = 0;
  int abi_min = landlock_abi_min_default;
};

enum class LandlockStage : std::uint8_t {
  done,
  version,   // no Landlock (ENOSYS), switched off at boot (EOPNOTSUPP), or an ABI below abi_min (ENOTSUP)
  ruleset,   // landlock_create_ruleset(2)
  path,      // the path of rule `rule` can not be opened
  rule,      // landlock_add_rule(2) for rule `rule`
  restrict,  // landlock_restrict_self(2): EPERM without no_new_privs, E2BIG above 16 domains
};

struct LandlockOutcome {
  LandlockStage stage = LandlockStage::done;
  int error = 0;         // errno; 0 when done
  std::size_t rule = 0;  // index of the rule concerned
  int abi = 0;           // in force when done, else what the kernel offers (0: none)
};

// What the kernel offers, or 0 with errno set.
[[nodiscard]] int landlock_abi();
// Confines the calling thread. All or nothing: no rule is in force unless all are.
[[nodiscard]] LandlockOutcome landlock_apply(const LandlockPlan& plan);
// For rules that arrive one by one: the same in three steps. The ruleset is an owned descriptor.
[[nodiscard]] LandlockOutcome landlock_begin(int abi_min, int& ruleset);
[[nodiscard]] LandlockOutcome landlock_add(int ruleset, const LandlockRule& rule);
[[nodiscard]] LandlockOutcome landlock_enforce(int ruleset);  // closes the ruleset in any case

// "create the ruleset" and the like, for error messages.
[[nodiscard]] const char* to_string(LandlockStage stage);
// What an ABI lacks that landlock_abi_newest has, in words for `bailey doctor`; "" when nothing.
[[nodiscard]] const char* landlock_missing_at(int abi);

}  // namespace bailey::sandbox

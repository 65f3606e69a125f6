#include "sandbox/landlock.h"

#include <fcntl.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cerrno>

#include "os/kernel_abi.h"

namespace bailey::sandbox {
namespace {

namespace abi = os::abi::landlock;

constexpr std::uint64_t file_rights = abi::fs::execute | abi::fs::write_file | abi::fs::read_file | abi::fs::truncate |
                                      abi::fs::ioctl_dev;  // a rule for something else than a directory has only these
constexpr std::uint64_t read_rights = abi::fs::read_file | abi::fs::read_dir;
constexpr std::uint64_t device_node_rights = abi::fs::make_char | abi::fs::make_block;

constexpr std::uint64_t rights_at(int version) {
  std::uint64_t rights = (abi::fs::make_sym << 1) - 1;  // ABI 1: everything up to make_sym
  if (version >= 2) rights |= abi::fs::refer;
  if (version >= 3) rights |= abi::fs::truncate;
  if (version >= 5) rights |= abi::fs::ioctl_dev;
  return rights;
}

constexpr std::uint64_t rights_of(FileAccess access) {
  switch (access) {
    case FileAccess::read:
      return read_rights;
    case FileAccess::read_exec:
      return read_rights | abi::fs::execute;
    case FileAccess::read_write:
      return rights_at(landlock_abi_newest) & ~device_node_rights & ~abi::fs::ioctl_dev;
    case FileAccess::device:
      return read_rights | abi::fs::write_file | abi::fs::truncate | abi::fs::ioctl_dev;
  }
  return 0;
}

int usable_abi() {
  const int offered = landlock_abi();
  return offered < landlock_abi_newest ? offered : landlock_abi_newest;
}

}  // namespace

int landlock_abi() {
  const long version = ::syscall(SYS_landlock_create_ruleset, nullptr, 0, abi::create_ruleset_version);
  return version < 0 ? 0 : static_cast<int>(version);
}

LandlockOutcome landlock_begin(int abi_min, int& ruleset) {
  const int version = usable_abi();
  if (version == 0) return {LandlockStage::version, errno, 0, 0};
  if (version < abi_min) return {LandlockStage::version, ENOTSUP, 0, version};
  abi::RulesetAttributes attributes;
  attributes.handled_access_fs = rights_at(version);
  if (version >= 6) attributes.scoped = abi::scope::abstract_unix_socket | abi::scope::signal;
  ruleset = static_cast<int>(::syscall(SYS_landlock_create_ruleset, &attributes, sizeof attributes, 0));
  if (ruleset < 0) return {LandlockStage::ruleset, errno, 0, version};
  return {LandlockStage::done, 0, 0, version};
}

LandlockOutcome landlock_add(int ruleset, const LandlockRule& rule) {
  const int version = usable_abi();
  const int path = ::open(rule.path, O_PATH | O_CLOEXEC);
  if (path < 0) return {LandlockStage::path, errno, 0, version};
  struct stat status {};
  LandlockOutcome outcome{LandlockStage::done, 0, 0, version};
  if (::fstat(path, &status) != 0) {
    outcome = {LandlockStage::path, errno, 0, version};
  } else {
    abi::PathBeneathAttributes attributes;
    attributes.allowed_access = rights_of(rule.access) & rights_at(version);
    if (!S_ISDIR(status.st_mode)) attributes.allowed_access &= file_rights;
    attributes.parent_fd = path;
    if (::syscall(SYS_landlock_add_rule, ruleset, abi::rule_path_beneath, &attributes, 0) != 0)
      outcome = {LandlockStage::rule, errno, 0, version};
  }
  ::close(path);
  return outcome;
}

LandlockOutcome landlock_enforce(int ruleset) {
  const int version = usable_abi();
  const bool in_force = ::syscall(SYS_landlock_restrict_self, ruleset, 0) == 0;
  const int error = in_force ? 0 : errno;
  ::close(ruleset);
  return {in_force ? LandlockStage::done : LandlockStage::restrict, error, 0, version};
}

LandlockOutcome landlock_apply(const LandlockPlan& plan) {
  int ruleset = -1;
  if (const auto begun = landlock_begin(plan.abi_min, ruleset); begun.stage != LandlockStage::done) return begun;
  for (std::size_t i = 0; i < plan.count; ++i) {
    LandlockOutcome added = landlock_add(ruleset, plan.rules[i]);
    if (added.stage == LandlockStage::done) continue;
    added.rule = i;
    ::close(ruleset);
    return added;
  }
  return landlock_enforce(ruleset);
}

const char* to_string(LandlockStage stage) {
  switch (stage) {
    case LandlockStage::done:
      return "done";
    case LandlockStage::version:
      return "ask for the Landlock ABI";
    case LandlockStage::ruleset:
      return "create the Landlock ruleset";
    case LandlockStage::path:
      return "open the path of a Landlock rule";
    case LandlockStage::rule:
      return "add a Landlock rule";
    case LandlockStage::restrict:
      return "enforce the Landlock ruleset";
  }
  return "";
}

const char* landlock_missing_at(int version) {
  if (version <= 0) return "everything: there is no second wall behind the mount namespace";
  if (version == 1)
    return "moving and linking files between directories is refused altogether; truncation, device ioctls, signals and "
           "abstract sockets are not restricted";
  if (version == 2) return "truncation, device ioctls, signals and abstract sockets are not restricted";
  if (version <= 4) return "device ioctls, signals and abstract sockets are not restricted";
  if (version == 5) return "signals and abstract sockets are not restricted";
  return "";
}

}  // namespace bailey::sandbox

#include "init/confine.h"

#include <linux/filter.h>

#include <cstddef>
#include <cstring>

#include "sandbox/landlock.h"
#include "sandbox/seccomp_install.h"

namespace bailey::init {
namespace {

int install(std::string_view bytes) {
  static sock_filter program[sandbox::filter_instructions_max];
  if (bytes.empty() || bytes.size() % sizeof(sock_filter) != 0 || bytes.size() > sizeof program) return EINVAL;
  std::memcpy(program, bytes.data(), bytes.size());  // the setup's bytes need not be aligned
  return sandbox::install_filter(program, bytes.size() / sizeof(sock_filter));
}

Failure landlock_failure(const sandbox::LandlockOutcome& outcome, std::string_view path) {
  static char stage[96];
  std::strcpy(stage, "restrict files with Landlock: ");
  std::strncat(stage, sandbox::to_string(outcome.stage), sizeof stage - std::strlen(stage) - 1);
  return failure(stage, outcome.error, path);
}

}  // namespace

Failure restrict_files(WireReader& setup, Wall wall, std::uint32_t& abi) {
  const auto abi_min = static_cast<int>(setup.u32());
  const std::uint32_t count = setup.u32();
  int ruleset = -1;
  if (wall == Wall::up)
    if (const auto begun = sandbox::landlock_begin(abi_min, ruleset); begun.error != 0)
      return landlock_failure(begun, {});
  for (std::uint32_t i = 0; i < count && setup.ok(); ++i) {
    const auto access = static_cast<sandbox::FileAccess>(setup.u8());
    const std::string_view path = setup.text();
    if (wall == Wall::left_out) continue;
    const auto added = sandbox::landlock_add(ruleset, {path.data(), access});
    if (added.error != 0) return landlock_failure(added, path);
  }
  if (wall == Wall::left_out) return done();
  const auto enforced = sandbox::landlock_enforce(ruleset);
  if (enforced.error != 0) return landlock_failure(enforced, {});
  abi = static_cast<std::uint32_t>(enforced.abi);
  return done();
}

Failure restrict_system_calls(WireReader& setup, Wall wall) {
  const std::string_view program = setup.text();
  if (!setup.ok()) return failure("read the setup", EBADMSG);
  if (wall == Wall::left_out) return done();
  if (const int error = install(program); error != 0) return failure("install the seccomp filter", error);
  return done();
}

}  // namespace bailey::init

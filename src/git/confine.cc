#include "git/confine.h"

#include <sys/prctl.h>

#include <cerrno>
#include <memory>

#include "os/files.h"
#include "sandbox/landlock.h"

namespace bailey::git {
namespace {

using sandbox::FileAccess;

constexpr const char* system_paths[] = {"/usr",   "/bin",   "/sbin",   "/lib",
                                        "/lib32", "/lib64", "/libx32", "/etc/ld.so.cache"};

// What the hook needs, at a fixed address: the rules point into the strings.
struct Rules {
  std::vector<std::string> paths;
  std::vector<sandbox::LandlockRule> rules;

  void add(const std::string& path, FileAccess access) {
    paths.push_back(path);
    rules.push_back({nullptr, access});
  }
  void settle() {
    for (std::size_t i = 0; i < paths.size(); ++i) rules[i].path = paths[i].c_str();
  }
};

int apply(const Rules& rules) {
  if (::prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) != 0) return errno;
  const auto outcome = sandbox::landlock_apply({rules.rules.data(), rules.rules.size()});
  if (outcome.stage == sandbox::LandlockStage::done) return 0;
  return outcome.error != 0 ? outcome.error : EPERM;
}

}  // namespace

Confiner landlock_confiner() {
  return [](const Reach& reach) -> Result<std::function<int()>> {
    if (sandbox::landlock_abi() <= 0)
      return fail_errno("Landlock",
                        "needed to confine git on the host: a kernel of 5.13 or later with "
                        "CONFIG_SECURITY_LANDLOCK, and `landlock` in the lsm= boot parameter");
    auto rules = std::make_shared<Rules>();
    for (const char* path : system_paths)
      if (os::exists(path)) rules->add(path, FileAccess::read_exec);
    rules->add("/dev/null", FileAccess::device);
    rules->add("/dev/urandom", FileAccess::read);  // names of temporary files
    for (const auto& path : reach.read_only) rules->add(path, FileAccess::read_exec);
    for (const auto& path : reach.read_write) rules->add(path, FileAccess::read_write);
    rules->settle();
    return std::function<int()>([rules] { return apply(*rules); });
  };
}

}  // namespace bailey::git

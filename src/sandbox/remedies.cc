#include "sandbox/remedies.h"

#include <cerrno>
#include <system_error>

#include "base/text.h"
#include "os/files.h"

namespace bailey::sandbox {
namespace {

std::string sysctl(const char* path) { return std::string(trim(os::read_file(path).value_or(""))); }

}  // namespace

std::string user_namespace_remedy() {
  if (sysctl("/proc/sys/kernel/unprivileged_userns_clone") == "0")
    return "allow user namespaces: sudo sysctl -w kernel.unprivileged_userns_clone=1";
  if (sysctl("/proc/sys/user/max_user_namespaces") == "0")
    return "allow user namespaces: sudo sysctl -w user.max_user_namespaces=15000";
  if (sysctl("/proc/sys/kernel/apparmor_restrict_unprivileged_userns") == "1")
    return "allow user namespaces: sudo sysctl -w kernel.apparmor_restrict_unprivileged_userns=0, or add an AppArmor "
           "profile for bailey with `userns,`";
  return "a chroot, a container or a security module may forbid user namespaces: run `bailey doctor`";
}

Error with_clone_remedy(int error) {
  return {"create the sandbox's namespaces", std::generic_category().message(error), user_namespace_remedy(), error};
}

Error stage_error(const std::string& stage, const std::string& detail, int error) {
  Error result{stage, std::generic_category().message(error), "run `bailey doctor` to see what this host lacks", error};
  if (!detail.empty()) result.what += ": '" + detail + "'";
  if (stage.find("Landlock") != std::string::npos && (error == ENOSYS || error == EOPNOTSUPP))
    result.remedy = "a kernel with Landlock is needed (5.13 or newer, `landlock` in the lsm= boot parameter)";
  else if (stage.starts_with("load the rules"))
    result.remedy =
        "a kernel with nf_tables is needed (sudo modprobe nf_tables nft_chain_nat nft_redir nft_reject_inet), "
        "or start without a network: --network restricted";
  else if (error == ENOSPC || error == EDQUOT)
    result.remedy = "free some disk space, or point XDG_STATE_HOME to a larger file system";
  else if (detail == "/proc" && error == EPERM)
    result.remedy =
        "the host's /proc is partly covered (a container?): run bailey outside of it or with /proc unmasked";
  return result;
}

}  // namespace bailey::sandbox

#include "cli/plan.h"

#include <sched.h>
#include <unistd.h>

#include <climits>
#include <cstdlib>

#include "os/files.h"
#include "policy/layer_files.h"
#include "policy/resolve.h"

namespace bailey::cli {
namespace {

double usable_cpus() {
  cpu_set_t set;
  return ::sched_getaffinity(0, sizeof set, &set) == 0 ? CPU_COUNT(&set) : 1;
}

// The nearest directory with a .git, upwards, where the project's file lies; the directory itself otherwise.
std::string project_directory(const std::string& repository) {
  std::string directory = os::real_path(repository).value_or(repository);
  for (std::string at = directory; at.size() > 1; at = std::string(os::directory_name(at)))
    if (os::exists(os::join(at, ".git"))) return at;
  return directory;
}

}  // namespace

Result<policy::SessionPlan> make_plan(const PlanRequest& request, const os::UserDirectories& user) {
  policy::Inputs inputs;
  inputs.agent = TRY(policy::load_manifest(request.agent, os::join(user.config, "agents")));
  inputs.command = request.command;
  inputs.repository = request.repository;
  inputs.flags = request.flags;
  char directory[PATH_MAX];
  if (::getcwd(directory, sizeof directory) == nullptr) return fail_errno("find the current directory");
  inputs.host = {usable_cpus(), user.home, directory};
  inputs.files = TRY(policy::read_layers(
      {.user_file = os::join(user.config, "config.toml"),
       .user_allowlist = os::join(user.config, "allowlist.txt"),
       .repository_directory = project_directory(request.repository.empty() ? "." : request.repository),
       .trust_file = os::join(user.state, "trust")}));
  auto plan = TRY(policy::resolve(inputs));
  TRY_STATUS(policy::check_available(plan));
  if (!plan.argv_is_custom) {
    const char* path = std::getenv("PATH");
    TRY(policy::find_binary(plan.agent, path != nullptr ? path : ""));
  }
  return plan;
}

}  // namespace bailey::cli

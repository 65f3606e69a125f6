#include "cli/command.h"

#include <unistd.h>

#include <CLI/CLI.hpp>
#include <cstdio>
#include <cstdlib>

#include "os/files.h"

namespace bailey::cli {

int report(const Error& error, int status) {
  std::fprintf(stderr, "bailey: %s\n", to_lines(error).c_str());
  return status;
}

Result<os::UserDirectories> user() {
  return os::user_directories([](const char* name) { return std::getenv(name); });
}

Result<session::Registry> registry() {
  const auto directories = TRY(user());
  return session::Registry::open(directories.state);
}

Result<Installation> installation() {
  Installation found;
  found.program = TRY(os::real_path("/proc/self/exe"));
  const std::string directory(os::directory_name(found.program));
  for (const auto& candidate : {directory, os::join(os::directory_name(directory), "lib/bailey")})
    if (os::exists(os::join(candidate, "bailey-init")) && os::exists(os::join(candidate, "guest/bailey"))) {
      found.helpers = candidate;
      return found;
    }
  return fail("find bailey-init", "it is neither beside " + found.program + " nor in ../lib/bailey",
              "install bailey again (make install)");
}

void add_plan_flags(CLI::App& command, PlanFlags& flags) {
  auto& typed = flags.flags;
  command.add_option(
      "--network", typed.network,
      "restricted (none): no network; proxy (squid), the default: listed hosts; allow-all: the internet");
  command.add_option("--profile", typed.profile, "development, review (no network, no push) or trusted");
  command.add_option("--workspace", typed.workspace, "auto, copy or overlay: how the agent gets its copy");
  command.add_option("--cpus", typed.cpus, "processors, e.g. 2 or 1.5");
  command.add_option("--memory", typed.memory, "e.g. 8g or 512m");
  command.add_option("--pids", typed.pids, "processes and threads");
  command.add_option("--disk", typed.disk, "what the session may write, e.g. 20g");
  command.add_option("--open-files", typed.open_files, "descriptors a process may have");
  command.add_option("--allow-domain", typed.allow_domains, "a host the agent may reach, or *.DOMAIN (repeatable)");
  command.add_option("--allow-path", typed.allow_paths, "grant: a host path, read-only inside (repeatable)");
  command.add_option("--allow-file", typed.allow_files,
                     "grant: a secret-looking file that is not withheld (repeatable)");
  command.add_option("--pass-env", typed.pass_environment,
                     "grant: a variable of yours that the agent sees (repeatable)");
  command.add_option("--seccomp-profile", typed.seccomp_profile,
                     "grant: your own OCI seccomp profile, on top of the floor");
  command.add_flag("--gpu", flags.gpu, "grant: the machine's GPU devices");
}

policy::Flags finished(const PlanFlags& flags) {
  policy::Flags result = flags.flags;
  if (flags.no_push) result.push = policy::Push::no;
  if (flags.gpu) result.gpu = policy::GpuAccess::yes;
  if (flags.use_current_branch) result.use_current_branch = policy::CurrentBranch::yes;
  if (flags.detach) result.attach = policy::Attach::no;
  return result;
}

}  // namespace bailey::cli

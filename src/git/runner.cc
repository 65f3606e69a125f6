#include "git/runner.h"

#include <sys/resource.h>
#include <sys/stat.h>

#include <cerrno>

#include "base/text.h"

namespace bailey::git {
namespace {

struct Setting {
  const char* name;
  const char* value;
};
// Above every config file, so that even a quarantine's own config can't loosen them.
constexpr Setting forced_config[] = {
    {"core.hooksPath", "/dev/null"},
    {"core.fsmonitor", "false"},
    {"core.attributesFile", "/dev/null"},
    {"core.excludesFile", "/dev/null"},
    // Refs of an alternate's repository would be read by a git that runs there: answer for it with nothing.
    {"core.alternateRefsCommand", "/bin/true"},
    {"core.packedGitWindowSize", "16m"},
    {"core.packedGitLimit", "512m"},
    {"core.bigFileThreshold", "32m"},  // larger blobs are streamed, not held in memory
    {"pack.threads", "1"},             // memory limits count per process; sessions share the processors
    {"pack.windowMemory", "128m"},
    {"pack.deltaCacheSize", "64m"},
    {"gc.auto", "0"},
    {"maintenance.auto", "false"},
    {"receive.autogc", "false"},
    {"protocol.allow", "never"},
    {"protocol.file.allow", "never"},
    {"advice.detachedHead", "false"},
};

rlimit limit_of(std::uint64_t value) { return {static_cast<rlim_t>(value), static_cast<rlim_t>(value)}; }

// Runs between fork and exec: system calls only.
int set_limits(const RunLimits& limits, mode_t mask) {
  const rlimit memory = limit_of(limits.memory_bytes_max);
  const rlimit file = limit_of(limits.file_bytes_max);
  const rlimit cpu = limit_of(static_cast<std::uint64_t>(limits.cpu_max.count()));
  const rlimit none = limit_of(0);
  if (::setrlimit(RLIMIT_AS, &memory) != 0 || ::setrlimit(RLIMIT_FSIZE, &file) != 0 ||
      ::setrlimit(RLIMIT_CPU, &cpu) != 0 || ::setrlimit(RLIMIT_CORE, &none) != 0)
    return errno;
  ::umask(mask);
  return 0;
}

std::string first_lines(std::string_view text) {
  constexpr std::size_t quoted_bytes_max = 400;
  return visible(trim(text.substr(0, quoted_bytes_max)));
}

}  // namespace

Confiner unconfined() {
  return [](const Reach&) -> Result<std::function<int()>> { return std::function<int()>([] { return 0; }); };
}

std::vector<std::string> git_environment(const Invocation& invocation) {
  std::vector<std::string> environment = {
      "PATH=/usr/bin:/bin",
      "HOME=/nonexistent",
      "LC_ALL=C",
      "GIT_DIR=" + invocation.git_dir,
      "GIT_CONFIG_NOSYSTEM=1",
      "GIT_CONFIG_GLOBAL=/dev/null",
      "GIT_CONFIG_SYSTEM=/dev/null",
      "GIT_ATTR_NOSYSTEM=1",
      "GIT_TERMINAL_PROMPT=0",
      "GIT_ASKPASS=/bin/false",
      "GIT_SSH_COMMAND=/bin/false",
      "GIT_ALLOW_PROTOCOL=",
      "GIT_NO_REPLACE_OBJECTS=1",
      "GIT_NO_LAZY_FETCH=1",
      "GIT_OPTIONAL_LOCKS=0",
      "GIT_COMMITTER_NAME=bailey",
      "GIT_COMMITTER_EMAIL=bailey@localhost",
      "GIT_CONFIG_COUNT=" + std::to_string(std::size(forced_config)),
  };
  if (!invocation.object_directory.empty())
    environment.push_back("GIT_OBJECT_DIRECTORY=" + invocation.object_directory);
  if (!invocation.index_file.empty()) environment.push_back("GIT_INDEX_FILE=" + invocation.index_file);
  for (std::size_t i = 0; i < std::size(forced_config); ++i) {
    const std::string number = std::to_string(i);
    environment.push_back("GIT_CONFIG_KEY_" + number + '=' + forced_config[i].name);
    environment.push_back("GIT_CONFIG_VALUE_" + number + '=' + forced_config[i].value);
  }
  return environment;
}

Result<os::Command> GitRunner::command_for(const Invocation& invocation) const {
  os::Command command;
  command.argv = {git_program_, "--no-pager"};
  command.argv.insert(command.argv.end(), invocation.arguments.begin(), invocation.arguments.end());
  command.environment = git_environment(invocation);
  command.directory = invocation.git_dir;
  command.stdin_fd = invocation.stdin_fd;
  command.stdout_fd = invocation.stdout_fd;
  command.stderr_fd = invocation.stderr_fd;
  Reach reach = invocation.reach;
  reach.read_only.push_back(invocation.git_dir);
  reach.read_only.push_back(git_program_);
  auto confine = confiner_(reach);
  if (!confine) return std::unexpected(std::move(confine).error().within("confine git"));
  command.before_exec = [confine = std::move(*confine), limits = limits_, mask = invocation.umask] {
    if (const int error = set_limits(limits, mask); error != 0) return error;
    return confine();
  };
  return command;
}

Result<os::Child> GitRunner::spawn(const Invocation& invocation) const {
  return os::spawn(TRY(command_for(invocation)));
}

Result<os::Output> GitRunner::run(const Invocation& invocation, std::string_view input) const {
  return os::run(TRY(command_for(invocation)), input, limits_.time_max, os::output_bytes_max,
                 invocation.output_bytes_expected);
}

Result<std::string> GitRunner::output_of(const Invocation& invocation, std::string_view input) const {
  auto output = TRY(run(invocation, input));
  if (output.exit_status == 0) return std::move(output.out);
  const std::string name = invocation.arguments.empty() ? "git" : "git " + invocation.arguments.front();
  if (output.exit_status > 128)
    return fail(name,
                "ended by signal " + std::to_string(output.exit_status - 128) + ": a limit of memory, time or size");
  return fail(name, output.err.empty() ? "exit status " + std::to_string(output.exit_status) : first_lines(output.err));
}

}  // namespace bailey::git

// THE one place where git runs on the host.
//
// How it works: git is started only on a bare repository whose config we wrote (a quarantine), with an environment made
// from nothing, without hooks, replace refs, lazy fetches, automatic gc, transports or a terminal, with resource
// limits, and confined to the directories it needs by a hook that the caller supplies (Landlock in production). What it
// relies on: that nobody but us can write the repository given as git_dir. Object directories of others are data: they
// hold no configuration.
#pragma once

#include <chrono>
#include <cstdint>
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "os/process.h"

namespace bailey::git {

// What one git process may reach: absolute paths of existing directories or files. The system directories that any
// program needs are added by the confiner.
struct Reach {
  std::vector<std::string> read_only;
  std::vector<std::string> read_write;
};

// Makes what runs between fork and exec (async-signal-safe, 0 or an errno) from a reach. Fails when it can't confine.
using Confiner = std::function<Result<std::function<int()>>(const Reach&)>;
// No confinement, by name: for tests of the other layers.
[[nodiscard]] Confiner unconfined();

struct RunLimits {
  std::uint64_t memory_bytes_max = std::uint64_t{3} << 30;  // address space (RLIMIT_AS): mapped packs count
  std::uint64_t file_bytes_max = std::uint64_t{8} << 30;    // RLIMIT_FSIZE
  std::chrono::seconds cpu_max{600};                        // RLIMIT_CPU
  std::chrono::seconds time_max{900};                       // wall clock, for run()
  bool operator==(const RunLimits&) const = default;
};

struct Invocation {
  std::string git_dir;                 // bare, its config written by us
  std::vector<std::string> arguments;  // after "git"
  std::string object_directory;        // empty: git_dir/objects. Where new objects go
  int stdin_fd = -1;                   // borrowed; -1: /dev/null
  int stdout_fd = -1;
  int stderr_fd = -1;
  mode_t umask = 077;                     // for what git creates
  Reach reach;                            // git_dir is always readable besides
  std::string index_file;                 // empty: git_dir/index. A copy of ours where it is about the user's
  std::size_t output_bytes_expected = 0;  // run() makes room for them at once
};

class GitRunner {
 public:
  // `git_program`: absolute path, chosen by the caller from a fixed search path.
  GitRunner(std::string git_program, Confiner confiner, RunLimits limits = {})
      : git_program_(std::move(git_program)), confiner_(std::move(confiner)), limits_(limits) {}

  [[nodiscard]] Result<os::Child> spawn(const Invocation& invocation) const;
  // Runs to the end; a status other than 0 is not an error here.
  [[nodiscard]] Result<os::Output> run(const Invocation& invocation, std::string_view input = {}) const;
  // The same, and a status other than 0 is an error that quotes git's own words.
  [[nodiscard]] Result<std::string> output_of(const Invocation& invocation, std::string_view input = {}) const;

  [[nodiscard]] const RunLimits& limits() const { return limits_; }

 private:
  [[nodiscard]] Result<os::Command> command_for(const Invocation& invocation) const;

  std::string git_program_;
  Confiner confiner_;
  RunLimits limits_;
};

// The whole environment of every git process, for tests and the curious.
[[nodiscard]] std::vector<std::string> git_environment(const Invocation& invocation);

}  // namespace bailey::git

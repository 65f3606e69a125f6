// Layers of configuration to one plan. Pure: the same inputs give the same plan, and nothing is read or changed.
//
// How layers meet, in order: built-in defaults, the administrator's bounds, the user's file, the project's file, flags.
//   - The administrator's values are bounds: the strictest of all files counts. Built-in values beyond a bound are
//     lowered silently, those of files with a note, those of flags are an error.
//   - The project's values only tighten (what would loosen is ignored with a note) until the user trusts the file. Even
//     then it gives no grants of the host: GPU, paths, variables, seccomp profile and audit cap stay the user's.
//   - A profile's values act in the place of the layer that chose it, before that layer's own: a flag beats the profile
//     of a file, a project's restriction beats the profile of the user's file.
#pragma once

#include <string>
#include <vector>

#include "base/result.h"
#include "policy/flags.h"
#include "policy/layer_files.h"
#include "policy/plan.h"

namespace bailey::policy {

// execve(2) takes 128 KiB a string, and arguments and environment share a quarter of the stack limit.
inline constexpr std::size_t argument_bytes_max = 128 * 1024 - 1;
inline constexpr std::size_t argv_bytes_max = std::size_t{1} << 20;
inline constexpr std::size_t repository_bytes_max = 4095;
inline constexpr std::size_t name_bytes_max = 200;

struct HostFacts {
  double cpus = 1;        // processors that we may use
  std::string home;       // absolute
  std::string directory;  // where flags' relative paths start, absolute
};

struct Inputs {
  Manifest agent;
  std::vector<std::string> command;  // after "--"; empty: the manifest's
  std::string repository;            // as typed; empty: "."
  LayerFiles files;
  Flags flags;
  HostFacts host;
};

[[nodiscard]] Result<SessionPlan> resolve(const Inputs& inputs);

}  // namespace bailey::policy

// What was typed on the command line of `bailey run` (and verify): texts as typed, checked here like any other layer.
#pragma once

#include <optional>
#include <string>
#include <vector>

#include "base/result.h"
#include "policy/checks.h"
#include "policy/values.h"

namespace bailey::policy {

enum class CurrentBranch { no, yes };

struct Flags {
  std::optional<std::string> profile;          // --profile
  std::optional<std::string> network;          // --network
  std::optional<std::string> workspace;        // --workspace
  std::optional<std::string> cpus;             // --cpus
  std::optional<std::string> memory;           // --memory
  std::optional<std::string> pids;             // --pids
  std::optional<std::string> disk;             // --disk
  std::optional<std::string> open_files;       // --open-files
  std::optional<std::string> seccomp_profile;  // --seccomp-profile PATH
  std::optional<std::string> branch;           // -b, --branch
  std::optional<std::string> name;             // --name
  std::vector<std::string> allow_domains;      // --allow-domain PATTERN
  std::vector<std::string> allow_paths;        // --allow-path PATH: read-only in the sandbox
  std::vector<std::string> allow_files;        // --allow-file PATTERN: not withheld although it looks like a secret
  std::vector<std::string> pass_environment;   // --pass-env NAME
  std::optional<Push> push;                    // --no-push
  std::optional<GpuAccess> gpu;                // --gpu
  Attach attach = Attach::yes;                 // -d, --detach: no
  CurrentBranch use_current_branch = CurrentBranch::no;
};

// Everything but branch, name and attach, which only exist as flags. Errors start with the flag.
[[nodiscard]] Result<Values> flag_values(const Flags& flags, const PathBase& base);

}  // namespace bailey::policy

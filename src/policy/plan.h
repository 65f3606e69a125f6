// The session plan: everything that was decided before anything happens.
//
// Layers of configuration (layers.h) are merged by one pure function, resolve() (resolve.h), into this value; `bailey
// run --dry-run --json` prints it (render.h). The rooms that act (workspace, sandbox, session) read it and decide
// nothing of it again. Each value remembers the layer that set it. Relies on: nothing but the texts it was made from.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "policy/credential_rule.h"
#include "policy/git_rule.h"
#include "policy/grants/environment_variable.h"
#include "policy/grants/gpu.h"
#include "policy/grants/read_only_path.h"
#include "policy/grants/seccomp_profile.h"
#include "policy/grants/secret_exception.h"
#include "policy/grants/trusted_profile.h"
#include "policy/manifest.h"
#include "policy/network_rule.h"
#include "policy/origin.h"
#include "policy/secret_rule.h"
#include "policy/token_rule.h"

namespace bailey::policy {

// From strict to loose: the order is what "tighten" and "loosen" mean.
enum class Network { restricted, proxy, allow_all };
enum class Profile { review, development, trusted };
enum class Push { no, yes };

// copy cannot be reached by what the user edits meanwhile; overlay can, in the window that workspace/ documents.
enum class WorkspaceMode { copy, automatic, overlay };

// What becomes of a request for an approval while nobody at a terminal can see it.
enum class Approvals { deny, queue };

enum class DefaultList { no, yes };                     // whether the built-in allow-list counts
enum class Attach { yes, no };                          // no: --detach
enum class BranchChoice { named, automatic, current };  // -b NAME, <agent>/session-N, --use-current-branch

[[nodiscard]] std::string_view to_string(Network value);
[[nodiscard]] std::string_view to_string(Profile value);
[[nodiscard]] std::string_view to_string(Push value);
[[nodiscard]] std::string_view to_string(WorkspaceMode value);
[[nodiscard]] std::string_view to_string(Approvals value);
[[nodiscard]] std::string_view to_string(Attach value);
[[nodiscard]] std::string_view to_string(BranchChoice value);

// What the configuration may say, as it is written there.
inline constexpr std::string_view network_words[] = {"restricted", "proxy", "allow-all", "none", "squid"};
inline constexpr std::string_view profile_words[] = {"review", "development", "trusted"};
inline constexpr std::string_view workspace_words[] = {"copy", "auto", "overlay"};
inline constexpr std::string_view approvals_words[] = {"deny", "queue"};
[[nodiscard]] Network network_of(std::size_t word);  // index into network_words

inline constexpr double cpus_default = 4.0;
inline constexpr std::uint64_t memory_bytes_default = std::uint64_t{8} << 30;
inline constexpr std::uint64_t pids_default = 4096;
inline constexpr std::uint64_t disk_bytes_default = std::uint64_t{20} << 30;
inline constexpr std::uint64_t open_files_default = 65536;
inline constexpr std::uint64_t audit_bytes_max_default = std::uint64_t{1} << 30;
inline constexpr std::uint64_t approval_minutes_default = 30;

struct Limits {
  Setting<double> cpus;  // greater than 0, at most what the machine has
  Setting<std::uint64_t> memory_bytes;
  Setting<std::uint64_t> pids;
  Setting<std::uint64_t> disk_bytes;
  Setting<std::uint64_t> open_files;
};

struct NamedLimit {
  std::string_view name;  // of [limits.network]
  Setting<std::uint64_t> setting;
};

// Every weakening of this session. All empty: the strict default.
struct Grants {
  std::optional<Setting<grants::Gpu>> gpu;
  std::optional<Setting<grants::SeccompProfile>> seccomp_profile;
  std::optional<Setting<grants::TrustedProfile>> trusted_profile;
  std::vector<Setting<grants::ReadOnlyPath>> read_only_paths;
  std::vector<Setting<grants::EnvironmentVariable>> environment;
  std::vector<Setting<grants::SecretException>> secret_exceptions;
};

struct SessionPlan {
  Manifest agent;
  std::vector<std::string> argv;  // what runs: the manifest's command, or what followed "--"
  bool argv_is_custom = false;    // given after "--": the manifest's binary need not exist
  std::string repository;         // as given, "." by default; not resolved

  Setting<Profile> profile;
  Setting<Network> network;
  std::vector<Setting<std::string>> allow_domains;  // no duplicates
  Setting<DefaultList> default_allowlist;
  std::vector<Setting<NetworkRule>> network_rules;  // all layers, first match wins (resolve_network.h)
  std::vector<Setting<GitRule>> git_rules;          // all layers, first match wins (resolve_git.h)
  std::vector<Setting<SecretRule>> secrets;         // the manifest's and the configuration's; ids are unique
  std::vector<Setting<TokenRule>> tokens;
  std::vector<Setting<CredentialRule>> credential_rules;  // all layers, first match wins (resolve_credentials.h)
  std::vector<NamedLimit> network_limits;                 // in the order of network_limit_keys; see limits_of()
  Limits limits;
  Setting<WorkspaceMode> workspace;
  Setting<Push> push;
  Setting<Approvals> approvals;
  Setting<std::uint64_t> approval_minutes;  // until a request that nobody answered expires
  Setting<Attach> attach;
  Setting<BranchChoice> branch_choice;
  std::string branch;  // with BranchChoice::named: "<agent>/x", a valid ref name below refs/heads/. Else empty
  std::string name;    // --name, as given; empty: the session is named after repository and branch
  // For SecretNames::compile(), in its order: built-in ones first, exceptions ("!x") after what they except, the
  // administrator's last.
  std::vector<Setting<std::string>> secret_patterns;
  Setting<std::uint64_t> audit_bytes_max;  // where the session's audit log stops growing
  Grants grants;
  // What `bailey apply` and `export` hold back, and what they don't ask about (landing_decision.h).
  std::vector<Setting<std::string>> protected_paths;
  std::vector<Setting<std::string>> accepted_findings;

  // What was clamped or ignored, one sentence each, for the user and for the audit log.
  std::vector<std::string> notes;
};

[[nodiscard]] NetworkLimits limits_of(const SessionPlan& plan);

}  // namespace bailey::policy

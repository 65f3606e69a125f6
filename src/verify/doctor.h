// `bailey doctor`: what this machine offers, what is missing, what follows from that and what to do about it.
//
// How it works: gather_host() (gather_host.h) asks the kernel and tries in child processes what can only be known by
// trying: namespaces, an overlay, a reflink. What it found is a HostReport, a value without opinion. diagnose() turns
// it into findings, pure and tested; to_text() and to_json() print them. What it relies on: the sandbox needs the same
// calls that are tried here, from the same user. It does not prove that the sandbox holds: `bailey verify` does.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "json/value.h"
#include "sandbox/limits.h"

namespace bailey::verify {

// Something that was tried for real: how far it came and what stopped it.
struct HostTrial {
  std::string stage;  // what was being done when it failed: "mount /proc"; empty: it worked
  int error = 0;      // errno then; may be 0 where no call failed
  [[nodiscard]] bool worked() const { return stage.empty(); }
};

// Stages of HostReport::namespaces that say more than their errno.
inline constexpr std::string_view map_stage = "map the agent's ids";
inline constexpr std::string_view proc_stage = "mount /proc";

struct AgentFound {
  std::string name;
  std::string binary;   // absolute path; empty: not on PATH
  std::string install;  // how to get it
  std::string damage;   // why its manifest can't be used; empty: it can
};

struct HostReport {
  std::string kernel_release;  // uname(2)
  unsigned uid = 0;            // of the caller
  HostTrial namespaces;        // new user, mount, pid, network … namespaces, and mounts in them
  // The sysctls that may forbid them, as far as they exist: name and value.
  std::vector<std::pair<std::string, std::string>> sysctls;
  std::string container;  // "docker", "podman", …: where we seem to run; empty: no sign of a container
  int landlock_abi = 0;   // 0: none
  HostTrial seccomp;
  sandbox::CgroupChoice cgroup;
  std::string state_directory;
  HostTrial state_writable;
  std::uint64_t state_free_bytes = 0;    // for this user
  HostTrial overlay;                     // in the state directory, in a user namespace, with userxattr
  HostTrial reflink;                     // FICLONE between two files in the state directory
  HostTrial packet_rules;                // the rules of a session with a network, loaded in a network namespace
  std::size_t trusted_certificates = 0;  // of the bundle that a session's gateway would trust
  std::size_t name_servers = 0;          // of /etc/resolv.conf
  std::string git;
  std::string git_version;  // "2.39.5"; empty: it does not run
  std::vector<AgentFound> agents;
};

// The kernel that all layers need: Landlock came last (Documentation/userspace-api/landlock.rst).
inline constexpr int kernel_major_min = 5;
inline constexpr int kernel_minor_min = 13;
inline constexpr std::uint64_t state_free_bytes_wanted = std::uint64_t{2} << 30;
inline constexpr std::uint64_t state_free_bytes_min = std::uint64_t{64} << 20;

enum class Level : std::uint8_t { ok, degraded, missing };
[[nodiscard]] std::string_view to_string(Level level);

enum class Need : std::uint8_t {
  required,  // without it no session starts
  optional,
};

struct Finding {
  std::string name;  // stable, for scripts: "landlock"
  std::string title;
  Need need = Need::optional;
  Level level = Level::ok;
  std::string detail;
  std::string consequence;  // empty when ok
  std::string remedy;       // empty when ok, or when nothing can be done
};

// In the order of printing. `missing` on a required one means that bailey can't run here.
[[nodiscard]] std::vector<Finding> diagnose(const HostReport& report);
[[nodiscard]] bool can_run(const std::vector<Finding>& findings);
// 0: bailey can run here, degraded perhaps. 1: it can't.
[[nodiscard]] int exit_status(const HostReport& report);

// For a terminal; text from the host is made visible. Ends with a newline.
[[nodiscard]] std::string to_text(const HostReport& report);
// {"can_run", "findings": [{"name", "level", "required", "detail", "consequence", "remedy"}], "agents": [{"name",
// "binary"}]}
[[nodiscard]] json::Value to_json(const HostReport& report);

}  // namespace bailey::verify

// The sandbox as a value. Decided by pure functions (rootfs.h, limits.h, environment.h), carried out by launch.h.
//
// How it works: launch() clones bailey-init into new user, mount, pid, network, ipc, uts, cgroup and time namespaces
// with one uid mapped, and hands it this plan. init builds a root of its own from the steps, leaves the host's mounts,
// enters a second user namespace, and takes everything away from itself: capabilities, privileges, files (Landlock),
// system calls (seccomp). Only then does it run commands. What each layer relies on stands beside it in init/*.h.
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "init/protocol.h"
#include "sandbox/landlock.h"

namespace bailey::sandbox {

inline constexpr unsigned agent_uid = 1000;
inline constexpr unsigned agent_gid = 1000;
inline constexpr const char* agent_home = "/home/agent";
inline constexpr const char* workspace_path = "/workspace";
inline constexpr const char* helper_directory = "/run/bailey";
inline constexpr const char* trust_path = "/run/bailey/trust";  // the session's CA, alone and beside the host's

struct MountStep {
  init::Step kind{};
  std::string target;
  std::string source;  // bind: host path without symbolic links; link: destination; file: content; overlay: lower
  std::string upper;
  std::string work;
  std::uint32_t mode = 0;
  std::uint32_t flags = 0;  // init::bind_flag
  std::uint64_t bytes = 0;  // temporary: size limit
};

struct FileRule {
  FileAccess access{};
  std::string path;
};

struct ResourceLimit {
  int resource = 0;  // RLIMIT_*
  std::uint64_t value = 0;
};

// Who the agent is on the host. An ordinary user is mapped to themselves; root is never mapped (identity.h).
struct HostIds {
  unsigned uid = 0;
  unsigned gid = 0;
};

struct GatewayNetwork {
  std::string rules;  // network.h
};

struct SandboxPlan {
  std::string host_name;
  HostIds ids;
  std::vector<MountStep> steps;
  std::vector<FileRule> files;  // everything else is refused by Landlock
  std::uint32_t landlock_abi_min = landlock_abi_min_default;
  std::vector<ResourceLimit> resource_limits;
  std::string seccomp_program;  // raw BPF: the floor in front of the profile
  // The way to the gateway; without: `lo` alone.
  std::optional<GatewayNetwork> gateway;
  std::uint32_t left_out = 0;  // init::without; only `bailey verify` sets it
};

}  // namespace bailey::sandbox

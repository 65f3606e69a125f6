// What the agent finds below /: a pure function from facts about the host to mount steps.
#pragma once

#include <functional>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "sandbox/plan.h"

namespace bailey::sandbox {

inline constexpr std::size_t small_file_bytes_max = std::size_t{64} << 10;

enum class PathKind { absent, directory, file, link, device };

// The host as rootfs sees it; a fake in tests.
struct HostFacts {
  std::function<PathKind(const std::string& path)> kind;            // does not follow a link
  std::function<std::string(const std::string& path)> link_target;  // readlink(2)
  std::function<std::string(const std::string& path)> resolved;     // realpath(3); empty if it does not exist
  // The bytes of a regular file that everybody may read and that is at most small_file_bytes_max; nullopt else.
  std::function<std::optional<std::string>(const std::string& path)> small_content;
  std::string home;           // the invoking user's
  std::string path_variable;  // the invoking user's PATH
};

struct Mounted {
  std::string host;  // without symbolic links
  std::string sandbox;
};

struct RootfsInput {
  std::string session_home;          // host directory bound at /home/agent
  std::string helpers;               // host directory with bailey-guest and friends, bound read-only
  std::string guest_socket;          // host socket bound at /run/bailey/guest.sock; empty: none
  std::string workspace;             // host directory bound at /workspace; empty with a root overlay
  std::vector<MountStep> overlays;   // targets below /workspace
  std::vector<Mounted> read_only;    // git object stores, extra paths the user granted
  std::vector<std::string> devices;  // granted device nodes, e.g. for --gpu
  std::string trust;       // host directory with the session's CA (ca.pem, bundle.pem, cacerts); empty: no network
  std::string git_config;  // text of /etc/gitconfig; empty: none
  std::uint64_t memory_bytes = 0;  // bounds /tmp and /dev/shm
  std::string agent_shell = "/bin/bash";
};

struct Toolchains {
  std::vector<Mounted> mounts;           // read-only
  std::vector<std::string> path;         // directories for PATH, in the user's order
  std::vector<std::string> environment;  // "RUSTUP_HOME=…"
};

// Toolchains on PATH that are not part of the system directories: nvm, pyenv, cargo, go, uv and the like, and any other
// directory on PATH by itself. Never the home directory, a parent of it, or a directory known to hold secrets.
[[nodiscard]] Toolchains find_toolchains(const HostFacts& host);

[[nodiscard]] std::vector<MountStep> rootfs_steps(const HostFacts& host, const RootfsInput& input,
                                                  const Toolchains& toolchains);
[[nodiscard]] std::vector<FileRule> rootfs_rules(const RootfsInput& input);

// HostFacts of the running system.
[[nodiscard]] HostFacts host_facts(std::string home, std::string path_variable);

}  // namespace bailey::sandbox

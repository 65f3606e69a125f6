// What one layer of configuration says: the same keys for files (config_file.h), profiles and flags (flags.h). A key
// that is absent says nothing. Everything here has been checked for kind and form; what of it counts is decided by
// resolve().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "policy/plan.h"

namespace bailey::policy {

template <typename T>
struct Given {
  T value{};
  std::string place;  // "file:line:column" or the flag
};

enum class GpuAccess { no, yes };

// The word for "the seccomp profile that comes with bailey", for administrators who forbid others.
inline constexpr std::string_view builtin_seccomp_word = "built-in";

struct Values {
  std::optional<Given<Profile>> profile;
  std::optional<Given<Network>> network;
  std::optional<Given<WorkspaceMode>> workspace;
  std::optional<Given<Push>> push;
  std::optional<Given<GpuAccess>> gpu;
  std::optional<Given<std::string>> seccomp_profile;  // absolute path or builtin_seccomp_word
  std::optional<Given<std::uint64_t>> audit_bytes_max;
  std::optional<Given<double>> cpus;
  std::optional<Given<std::uint64_t>> memory_bytes;
  std::optional<Given<std::uint64_t>> pids;
  std::optional<Given<std::uint64_t>> disk_bytes;
  std::optional<Given<std::uint64_t>> open_files;

  // A list that is there but empty differs from one that is absent: an administrator's allows nothing.
  using List = std::optional<std::vector<Given<std::string>>>;
  List allow_domains;
  List secret_patterns;
  List secret_exceptions;
  List read_only_paths;  // absolute, lexically normal
  List environment;
};

// Smallest values with which a session can start, and largest that the kernel takes.
inline constexpr double cpus_min = 0.01;
inline constexpr double cpus_max = 4096;
inline constexpr std::uint64_t memory_bytes_min = std::uint64_t{32} << 20;
inline constexpr std::uint64_t pids_min = 16;
inline constexpr std::uint64_t pids_max = std::uint64_t{1} << 22;  // PID_MAX_LIMIT
inline constexpr std::uint64_t disk_bytes_min = std::uint64_t{1} << 20;
inline constexpr std::uint64_t open_files_min = 64;
inline constexpr std::uint64_t open_files_max = std::uint64_t{1} << 20;  // the kernel's default fs.nr_open
inline constexpr std::uint64_t audit_bytes_min = std::uint64_t{1} << 20;
inline constexpr std::size_t list_entries_max = 500;

}  // namespace bailey::policy

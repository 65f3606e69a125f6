// What one layer of configuration says: the same keys for files (config_file.h), profiles and flags (flags.h). A key
// that is absent says nothing. Everything here has been checked for kind and form; what of it counts is decided by
// resolve().
#pragma once

#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <type_traits>
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
  std::optional<Given<Approvals>> approvals;
  std::optional<Given<std::uint64_t>> approval_minutes;
  std::optional<Given<GpuAccess>> gpu;
  std::optional<Given<std::string>> seccomp_profile;  // absolute path or builtin_seccomp_word
  std::optional<Given<std::uint64_t>> audit_bytes_max;
  std::optional<Given<double>> cpus;
  std::optional<Given<std::uint64_t>> memory_bytes;
  std::optional<Given<std::uint64_t>> pids;
  std::optional<Given<std::uint64_t>> disk_bytes;
  std::optional<Given<std::uint64_t>> open_files;

  // [limits.network]; bytes_per_second without a limit: network_unlimited
  std::optional<Given<std::uint64_t>> network_upload_request;
  std::optional<Given<std::uint64_t>> network_upload_session;
  std::optional<Given<std::uint64_t>> network_connections;
  std::optional<Given<std::uint64_t>> network_connections_per_host;
  std::optional<Given<std::uint64_t>> network_requests_per_minute_per_host;
  std::optional<Given<std::uint64_t>> network_requests_per_minute;
  std::optional<Given<std::uint64_t>> network_bytes_per_second;
  std::optional<Given<std::uint64_t>> network_idle_seconds;
  std::optional<Given<std::uint64_t>> network_header_seconds;

  std::optional<Given<DefaultList>> default_allowlist;
  std::vector<Given<NetworkRule>> rules;                // [[rule]] of kind "network", in order
  std::vector<Given<GitRule>> git_rules;                // of kind "git"
  std::vector<Given<CredentialRule>> credential_rules;  // of kind "credential"
  std::vector<Given<SecretRule>> secrets;               // [[secret]]
  std::vector<Given<TokenRule>> tokens;                 // [[token]]

  // A list that is there but empty differs from one that is absent: an administrator's allows nothing.
  using List = std::optional<std::vector<Given<std::string>>>;
  List allow_domains;
  List allowlist;  // of the layer's allow-list file
  List secret_patterns;
  List secret_exceptions;
  List read_only_paths;  // absolute, lexically normal
  List environment;
  List protected_paths;    // [apply]: path_pattern.h
  List accepted_findings;  // [apply]: landing_decision.h
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
inline constexpr std::uint64_t approval_minutes_min = 1;
inline constexpr std::uint64_t approval_minutes_max = 7 * 24 * 60;
inline constexpr std::size_t list_entries_max = 500;

// The limits of the network, as [limits.network] names them.
struct NetworkLimitKey {
  std::string_view name;
  std::optional<Given<std::uint64_t>> Values::*given;
  std::uint64_t initial;
  std::uint64_t least;
  std::uint64_t most;
  void (*set)(NetworkLimits& limits, std::uint64_t value);
};
inline constexpr std::uint64_t network_unlimited = UINT64_MAX;
inline constexpr std::uint64_t network_count_max = 1'000'000;
inline constexpr std::uint64_t network_seconds_max = 86'400;
inline constexpr std::uint64_t network_bytes_max = std::uint64_t{1} << 50;

template <auto member>
void set_network_limit(NetworkLimits& limits, std::uint64_t value) {
  limits.*member = static_cast<std::remove_reference_t<decltype(limits.*member)>>(value);
}

inline constexpr NetworkLimitKey network_limit_keys[] = {
    {"upload_request", &Values::network_upload_request, NetworkLimits{}.upload_request_bytes_max, 0, network_bytes_max,
     set_network_limit<&NetworkLimits::upload_request_bytes_max>},
    {"upload_session", &Values::network_upload_session, NetworkLimits{}.upload_session_bytes_max, 0, network_bytes_max,
     set_network_limit<&NetworkLimits::upload_session_bytes_max>},
    {"connections", &Values::network_connections, NetworkLimits{}.connections_max, 1, 65'536,
     set_network_limit<&NetworkLimits::connections_max>},
    {"connections_per_host", &Values::network_connections_per_host, NetworkLimits{}.connections_per_host_max, 1, 65'536,
     set_network_limit<&NetworkLimits::connections_per_host_max>},
    {"requests_per_minute_per_host", &Values::network_requests_per_minute_per_host,
     NetworkLimits{}.requests_per_minute_per_host_max, 1, network_count_max,
     set_network_limit<&NetworkLimits::requests_per_minute_per_host_max>},
    {"requests_per_minute", &Values::network_requests_per_minute, NetworkLimits{}.requests_per_minute_max, 1,
     network_count_max, set_network_limit<&NetworkLimits::requests_per_minute_max>},
    {"bytes_per_second", &Values::network_bytes_per_second, network_unlimited, 1, network_bytes_max,
     [](NetworkLimits& limits, std::uint64_t value) {
       limits.bytes_per_second_max = value == network_unlimited ? 0 : value;
     }},
    {"idle_seconds", &Values::network_idle_seconds, NetworkLimits{}.idle_seconds_max, 1, network_seconds_max,
     set_network_limit<&NetworkLimits::idle_seconds_max>},
    {"header_seconds", &Values::network_header_seconds, NetworkLimits{}.header_seconds_max, 1, network_seconds_max,
     set_network_limit<&NetworkLimits::header_seconds_max>},
};

}  // namespace bailey::policy

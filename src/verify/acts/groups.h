// The groups of acts, one file each.
#pragma once

#include <span>

#include "verify/acts/act.h"

namespace bailey::verify {

[[nodiscard]] std::span<const Act> engine_acts();          // engines.cc
[[nodiscard]] std::span<const Act> mount_acts();           // mounts.cc
[[nodiscard]] std::span<const Act> namespace_acts();       // namespaces.cc
[[nodiscard]] std::span<const Act> kernel_call_acts();     // kernel_calls.cc
[[nodiscard]] std::span<const Act> foreign_call_acts();    // foreign_calls.cc
[[nodiscard]] std::span<const Act> administration_acts();  // administration.cc
[[nodiscard]] std::span<const Act> socket_family_acts();   // socket_families.cc
[[nodiscard]] std::span<const Act> terminal_acts();        // terminal.cc
[[nodiscard]] std::span<const Act> process_acts();         // processes.cc
[[nodiscard]] std::span<const Act> host_file_acts();       // host_files.cc
[[nodiscard]] std::span<const Act> kernel_file_acts();     // kernel_files.cc
[[nodiscard]] std::span<const Act> identity_acts();        // identity.cc
[[nodiscard]] std::span<const Act> limit_acts();           // limits.cc
[[nodiscard]] std::span<const Act> unix_socket_acts();     // unix_sockets.cc
[[nodiscard]] std::span<const Act> network_acts();         // network.cc
[[nodiscard]] std::span<const Act> netlink_acts();         // netlink.cc

inline constexpr int groups_count = 16;
// All of the above; empty past the last.
[[nodiscard]] std::span<const Act> group(int index);
[[nodiscard]] const Act* find_act(const char* name);

}  // namespace bailey::verify

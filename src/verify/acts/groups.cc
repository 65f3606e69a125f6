#include "verify/acts/groups.h"

#include <cstring>

namespace bailey::verify {

std::span<const Act> group(int index) {
  using Group = std::span<const Act> (*)();
  static constexpr Group groups[groups_count] = {
      engine_acts,        mount_acts,       namespace_acts, kernel_call_acts, foreign_call_acts, administration_acts,
      socket_family_acts, terminal_acts,    process_acts,   host_file_acts,   kernel_file_acts,  identity_acts,
      limit_acts,         unix_socket_acts, network_acts,   netlink_acts,
  };
  return index >= 0 && index < groups_count ? groups[index]() : std::span<const Act>();
}

const Act* find_act(const char* name) {
  for (int i = 0; i < groups_count; ++i)
    for (const Act& act : group(i))
      if (std::strcmp(act.name, name) == 0) return &act;
  return nullptr;
}

}  // namespace bailey::verify

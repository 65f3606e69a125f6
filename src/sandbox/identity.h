// Which host ids stand behind the agent's uid 1000.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "sandbox/plan.h"

namespace bailey::sandbox {

// Without an entry in /etc/subuid root uses this range: above every id that Debian hands out, below the 32-bit limit
// (cf. systemd's container range, 0x00080000–0x6FFFFFFF, see UIDS-GIDS.md).
inline constexpr unsigned fallback_id = 0x6fff0000;

struct IdentityFacts {
  unsigned uid = 0;
  unsigned gid = 0;
  std::string user;    // login name
  std::string subuid;  // text of /etc/subuid
  std::string subgid;
};

// An ordinary user is mapped to themselves, which needs no helper. root never is: the first id of its subordinate range
// stands in, and everything the agent may touch is owned by that id.
[[nodiscard]] HostIds choose_ids(const IdentityFacts& facts);
[[nodiscard]] IdentityFacts identity_facts();

}  // namespace bailey::sandbox

// Who must own what we write: the user that the sandbox's processes run as, seen from the host.
#pragma once

#include <sys/types.h>

namespace bailey::workspace {

struct Owner {
  uid_t uid = 0;
  gid_t gid = 0;
  bool operator==(const Owner&) const = default;
};

}  // namespace bailey::workspace

// Shared by all pushes that run, exclusive for cleaning up after killed ones. Internal to the room.
#pragma once

#include <string>
#include <vector>

#include "base/fd.h"
#include "base/result.h"
#include "git/oid.h"
#include "git/repository.h"

namespace bailey::git {

[[nodiscard]] Result<Fd> enter_quarantine(const std::string& quarantine);

// Where the host's own shallow clone is cut off.
[[nodiscard]] std::vector<Oid> known_shallow(const HostRepository& quarantine);

}  // namespace bailey::git

// Asks this machine what `bailey doctor` reports. Creates the state directory where it does not exist, as any session
// would; everything else that it makes is gone when it returns.
#pragma once

#include <string>
#include <utility>
#include <vector>

#include "base/result.h"
#include "os/user.h"
#include "verify/doctor.h"

namespace bailey::verify {

// Fails only where the user's own agent directory can't be read: what the machine lacks is in the report.
[[nodiscard]] Result<HostReport> gather_host(const os::UserDirectories& user,
                                             const std::vector<std::pair<std::string, std::string>>& environment);

}  // namespace bailey::verify

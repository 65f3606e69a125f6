// Names of branches: what git accepts (git-check-ref-format(1)), and a little less, because ours become parts of paths,
// of messages and of audit events.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::policy {

inline constexpr std::size_t branch_bytes_max = 200;
inline constexpr std::size_t branch_component_bytes_max = 100;  // room for ".lock" and suffixes of archives

// `branch` is the part below refs/heads/. Refused besides what git refuses: control characters in any encoding, bytes
// that are not UTF-8, names over the limits, "HEAD".
[[nodiscard]] Status check_branch_name(std::string_view branch);

// `-b x` is "<agent>/x"; `-b <agent>/x` stays as it is. The result is checked.
[[nodiscard]] Result<std::string> agent_branch(std::string_view agent, std::string_view given);

}  // namespace bailey::policy

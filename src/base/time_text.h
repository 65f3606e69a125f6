// Times of files and logs, read back.
#pragma once

#include <optional>
#include <string_view>

#include "base/clock.h"

namespace bailey {

// RFC 3339 exactly as to_rfc3339() writes it.
[[nodiscard]] std::optional<WallTime> wall_time_of(std::string_view text);

}  // namespace bailey

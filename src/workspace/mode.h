// The ways to make a workspace; see workspace.h.
#pragma once

#include <string_view>

namespace bailey::workspace {

enum class Mode { copy, overlay, mixed };
enum class WantedMode { automatic, copy, overlay };
[[nodiscard]] std::string_view to_string(Mode mode);

}  // namespace bailey::workspace

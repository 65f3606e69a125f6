// `bailey clone URL -- COMMAND…`: fills an empty workspace from a repository on the network, inside the sandbox and
// through its gateway, and becomes the command. The supervisor starts it for `bailey run AGENT URL`; not in the help.
#pragma once

#include <span>
#include <string_view>

namespace bailey::guest {

// Doesn't return when the command was executed. 2: not understood; git's status when it failed; 126/127 as in shells.
[[nodiscard]] int clone(std::span<const std::string_view> arguments);

}  // namespace bailey::guest

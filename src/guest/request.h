// `bailey request domain HOST`: asks the human, who answers outside of the sandbox.
#pragma once

#include <span>
#include <string_view>

namespace bailey::guest {

// 0: the human was asked, which grants nothing by itself, or has allowed it before. 1: they can't be asked. 2: not understood.
[[nodiscard]] int request(std::span<const std::string_view> arguments);

}  // namespace bailey::guest

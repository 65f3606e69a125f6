// What `bailey` says inside the sandbox: written for an agent that reads it once and acts on it.
#pragma once

#include <span>
#include <string_view>

namespace bailey::guest {

[[nodiscard]] int help();
// Where am I, what is not yet saved.
[[nodiscard]] int status();
// `bailey explain [TOPIC]`: 0, or 2 for an unknown topic.
[[nodiscard]] int explain(std::span<const std::string_view> arguments);
// `bailey request …`: answered truthfully: nobody is asked from inside in this version. Always 1.
[[nodiscard]] int request(std::span<const std::string_view> arguments);

}  // namespace bailey::guest

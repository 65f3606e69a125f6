// Whether a value in a settings file is probably a secret. Pure: the name of its key and the value decide. What is
// taken for one by mistake only costs the agent that setting; what is missed is a secret inside the sandbox, so the
// doubt goes against the value.
#pragma once

#include <string_view>

namespace bailey::credentials {

// `key` may be empty.
[[nodiscard]] bool looks_secret(std::string_view key, std::string_view value);

}  // namespace bailey::credentials

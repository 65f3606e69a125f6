// One configuration file: text to Values. The keys are documented in docs/configuration.md.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "policy/values.h"

namespace bailey::policy {

// `file` names the text in errors, which start with file:line:column. `home` is what "~/" stands for. Unknown keys,
// wrong kinds and impossible values are errors.
[[nodiscard]] Result<Values> parse_config(std::string_view text, std::string_view file, std::string_view home);

}  // namespace bailey::policy

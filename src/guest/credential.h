// `bailey git-credential OPERATION`: git's helper inside (gitcredentials(7)) where a rule lets the host give
// credentials.
#pragma once

#include <span>
#include <string_view>

namespace bailey::guest {

// `get` asks the host; the other operations do nothing, because the host stores nothing for a session. Always 0: git
// goes on with its next helper.
[[nodiscard]] int git_credential(std::span<const std::string_view> arguments);

}  // namespace bailey::guest

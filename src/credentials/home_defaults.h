// What an agent's settings file has at least: answers to the questions that its program asks on a first start (which
// folder is trusted, is this key to be used), from `defaults` of a manifest's [[home]]. Pure.
//
// The defaults are a JSON object. A member that the file lacks is added; what the file has stays, objects are gone
// into. In texts of the defaults "${ID}" is the placeholder of the session's secret of that id and "${ID:-20}" its last
// 20 characters; a text that names a secret which the session doesn't have is left out.
#pragma once

#include <string>
#include <string_view>

#include "base/result.h"
#include "credentials/keep.h"

namespace bailey::credentials {

// `text`: the file as the agent gets it, without secrets already; empty: there is none. `path` names it in errors.
// Empty: there is no file, and nothing to be in it.
[[nodiscard]] Result<std::string> with_defaults(std::string_view text, const std::string& path,
                                                std::string_view defaults, const Keep& keep);

}  // namespace bailey::credentials

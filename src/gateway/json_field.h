// A string of a JSON body exchanged for another of the same length, without touching the rest: pure.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>

#include "json/value.h"

namespace bailey::gateway {

// The value at an RFC 6901 pointer; nullptr: there is none.
[[nodiscard]] const json::Value* at_pointer(const json::Value& value, std::string_view pointer);
// Can `text` stand between quotes as it is?
[[nodiscard]] bool needs_no_json_escape(std::string_view text);
[[nodiscard]] std::size_t count_of(std::string_view text, std::string_view part);

}  // namespace bailey::gateway

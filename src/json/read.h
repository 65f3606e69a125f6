// Text to Value, strictly RFC 8259: one value, no comments, no trailing commas, UTF-8 only.
#pragma once

#include <cstddef>
#include <string_view>

#include "base/result.h"
#include "json/value.h"

namespace bailey::json {

// For text that an attacker may have written. Larger limits are chosen by name, never by switching them off.
struct ReadLimits {
  std::size_t bytes_max = std::size_t{1} << 20;
  std::size_t depth_max = 64;              // containers inside each other; at most depth_limit
  std::size_t string_bytes_max = 262'144;  // of one string or key, decoded
  std::size_t members_max = 10'000;        // of one array or object
  std::size_t values_max = 100'000;        // in all
};
// Values are destroyed recursively: depth costs stack.
inline constexpr std::size_t depth_limit = 256;

// `name` stands for the text in errors: "name:line:column". Refused besides what the grammar forbids: duplicate keys,
// whole numbers beyond 64 bits, numbers beyond double, anything over the limits.
[[nodiscard]] Result<Value> read(std::string_view text, std::string_view name, const ReadLimits& limits = {});

}  // namespace bailey::json

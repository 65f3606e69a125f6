// Sizes and counts as people write them.
#pragma once

#include <cstdint>
#include <string>
#include <string_view>

#include "base/result.h"

namespace bailey::policy {

inline constexpr std::uint64_t size_bytes_max = std::uint64_t{1} << 60;  // stays clear of signed limits everywhere

// "1024", "512m", "8g": digits and at most one of k, m, g, t (either case), in powers of 1024. No sign, no fraction, no
// spaces. At most size_bytes_max. The error's `what` is "size 'TEXT'".
[[nodiscard]] Result<std::uint64_t> parse_size(std::string_view text);
// The shortest form that parse_size() reads back as the same number.
[[nodiscard]] std::string format_size(std::uint64_t bytes);

// Digits only.
[[nodiscard]] Result<std::uint64_t> parse_count(std::string_view text);
// A number of processors: "2", "0.5"; digits and at most one point, at most three places behind it.
[[nodiscard]] Result<double> parse_cpus(std::string_view text);

}  // namespace bailey::policy

// How much a finding deserves a look, in the words of policy/review.toml.
#pragma once

#include <array>
#include <optional>
#include <string_view>

namespace bailey::review {

// notice: good to know. warning: look at it. high: decide on it. critical: don't take it without an explanation.
enum class Severity { notice, warning, high, critical };

inline constexpr std::array<std::string_view, 4> severity_words = {"notice", "warning", "high", "critical"};
[[nodiscard]] std::string_view to_string(Severity severity);
[[nodiscard]] std::optional<Severity> severity_of(std::string_view word);

}  // namespace bailey::review

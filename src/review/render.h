// A review for people, and for tools that speak SARIF 2.1.0 (OASIS Standard, 2020): pure functions.
#pragma once

#include <string>
#include <string_view>

#include "json/value.h"
#include "review/review.h"

namespace bailey::review {

enum class Colour { no, yes };
struct TextOptions {
  std::string session;  // name, for the head line
  std::string branch;
  Colour colour = Colour::no;
  std::size_t commits_max = 30;  // shown; the rest is counted
  std::size_t files_max = 40;
};

// Commits, diffstat, then findings by severity. Whatever came from the branch is escaped: one line stays one line, and
// nothing moves a cursor.
[[nodiscard]] std::string to_text(const Review& review, const TextOptions& options);

// One run; one result a finding, with region, fingerprint and what it says; levels error (critical, high), warning,
// note.
[[nodiscard]] json::Value to_sarif(const Review& review, std::string_view version);

}  // namespace bailey::review

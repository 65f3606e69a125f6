#include "review/severity.h"

#include <algorithm>

namespace bailey::review {

std::string_view to_string(Severity severity) { return severity_words.at(static_cast<std::size_t>(severity)); }

std::optional<Severity> severity_of(std::string_view word) {
  const auto* found = std::ranges::find(severity_words, word);
  if (found == severity_words.end()) return std::nullopt;
  return static_cast<Severity>(found - severity_words.begin());
}

}  // namespace bailey::review

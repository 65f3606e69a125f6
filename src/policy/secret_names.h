// Which names of files look like secrets: those are withheld from the workspace.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::policy {

// A glob without the "!": not empty, no slash, no control characters.
[[nodiscard]] Status check_secret_pattern(std::string_view pattern);

// Patterns are globs over the file's own name (no slash): * and ?, compared without letter case (ASCII). One that
// starts with ! makes an exception. The last pattern that matches decides. Patterns are kept by their first or last
// letter, so that most names are dismissed after a few comparisons and nothing is allocated.
class SecretNames {
 public:
  // Refuses what check_secret_pattern() refuses and more than patterns_max patterns.
  [[nodiscard]] static Result<SecretNames> compile(const std::vector<std::string>& patterns);
  [[nodiscard]] bool matches(std::string_view name) const;

  static constexpr std::size_t patterns_max = 1000;
  static constexpr std::size_t pattern_bytes_max = 255;

 private:
  struct Tables;
  SecretNames() = default;
  std::shared_ptr<const Tables> tables_;
};

}  // namespace bailey::policy

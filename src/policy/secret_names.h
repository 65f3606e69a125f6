// Which names of files look like secrets: those are withheld from the workspace.
#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"

namespace bailey::policy {

// Patterns are globs over the file's own name (no slash): * and ?, compared without letter case. A pattern that starts
// with ! makes an exception; an exception wins over every pattern. Matching costs one hash look-up for most names.
class SecretNames {
 public:
  // Refuses empty patterns, slashes, control characters and more than patterns_max patterns.
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

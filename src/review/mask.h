// Secrets that a review has met, and text in which none of them shows.
#pragma once

#include <set>
#include <string>
#include <string_view>

#include "review/compiled_rules.h"

namespace bailey::review {

// Shannon's, in bits a byte.
[[nodiscard]] double entropy_of(std::string_view text);

class Masker {
 public:
  explicit Masker(const CompiledRules& rules) : rules_(rules) {}

  // From now on it is masked wherever it stands.
  void remember(std::string_view secret);
  // `text` with everything in it that looks like a secret, or was remembered, replaced by "[secret, N bytes]".
  [[nodiscard]] std::string masked(std::string_view text) const;
  // The line that holds byte `begin` of `text`: masked, bounded, control characters made visible.
  [[nodiscard]] std::string excerpt(std::string_view text, std::size_t begin) const;

  static constexpr std::size_t secret_bytes_min = 6;  // shorter ones would blot out words of every text
  static constexpr std::size_t secrets_max = 1'000;
  static constexpr std::size_t excerpt_bytes_max = 160;
  static constexpr std::size_t window_bytes = 4'096;  // of a long line, that is looked at for secrets

 private:
  const CompiledRules& rules_;
  std::set<std::string, std::less<>> secrets_;
};

// Is what a secret rule's group matched a secret by its entropy, on a line that nothing excuses?
[[nodiscard]] bool is_secret(const CompiledRules& rules, std::size_t rule, std::string_view value,
                             std::string_view line);

// The line of `text` that holds `offset`, without its newline; at most `bytes_max` of it around the place.
[[nodiscard]] std::string_view line_around(std::string_view text, std::size_t offset, std::size_t bytes_max);

}  // namespace bailey::review

#include "policy/builtin_secrets.h"

#include "embedded/secret_patterns.h"
#include "toml/expect.h"
#include "toml/parse.h"

namespace bailey::policy {

Result<std::vector<std::string>> builtin_secret_patterns() {
  const auto root = TRY(toml::parse(embedded::secret_patterns, "policy/secrets.toml"));
  static constexpr std::string_view keys[] = {"patterns", "except"};
  TRY_STATUS(toml::expect_keys(root, keys, ""));
  std::vector<std::string> patterns;
  for (const auto key : keys) {
    const auto* node = root.find(key);
    if (node == nullptr) continue;
    const auto* entries = TRY(toml::expect_array(*node, key));
    for (const auto& entry : *entries) {
      const auto pattern = TRY(toml::expect_string(entry, key));
      patterns.push_back((key == "except" ? "!" : "") + pattern);
    }
  }
  return patterns;
}

}  // namespace bailey::policy

// Where a value came from, so that every line of a plan can be explained.
#pragma once

#include <string>
#include <string_view>

namespace bailey::policy {

// In order of application: a later one overrides an earlier one as far as it is allowed to.
enum class Layer { builtin, administrator, user, project, flags };

struct Origin {
  Layer layer = Layer::builtin;
  std::string place;  // "file:line:column", or the flag's name; empty for built-in values
  // "profile review" when the value is one of a profile's; the place is then where the profile was chosen.
  std::string by;
};

template <typename T>
struct Setting {
  T value{};
  Origin origin;
};

[[nodiscard]] std::string_view to_string(Layer layer);
// "built in", "flags (--memory)", "user (/home/u/.config/bailey/config.toml:3:1)", "flags (--profile, profile review)".
[[nodiscard]] std::string to_string(const Origin& origin);

}  // namespace bailey::policy

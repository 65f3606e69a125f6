#include "audit/event.h"

#include <algorithm>
#include <array>

namespace bailey::audit {
namespace {

using namespace std::string_view_literals;
// In the order of the enumerations.
constexpr std::array level_names = {"info"sv, "notice"sv, "warning"sv, "alert"sv};
constexpr std::array category_names = {"session"sv,    "exec"sv, "fs"sv,       "network"sv, "dns"sv,     "git"sv,
                                       "credential"sv, "mcp"sv,  "approval"sv, "policy"sv,  "anomaly"sv, "resource"sv};
constexpr std::array decision_names = {"allow"sv, "deny"sv, "prompt"sv, "approved"sv, "denied"sv, "expired"sv};
static_assert(level_names.size() == static_cast<std::size_t>(Level::alert) + 1);
static_assert(category_names.size() == static_cast<std::size_t>(Category::resource) + 1);
static_assert(decision_names.size() == static_cast<std::size_t>(Decision::expired) + 1);

template <typename Enum, std::size_t count>
std::optional<Enum> from(const std::array<std::string_view, count>& names, std::string_view name) {
  const auto found = std::find(names.begin(), names.end(), name);
  if (found == names.end()) return std::nullopt;
  return static_cast<Enum>(found - names.begin());
}

constexpr std::string_view left_out = "left_out";

}  // namespace

std::string_view to_string(Level level) { return level_names[static_cast<std::size_t>(level)]; }
std::string_view to_string(Category category) { return category_names[static_cast<std::size_t>(category)]; }
std::string_view to_string(Decision decision) { return decision_names[static_cast<std::size_t>(decision)]; }
std::optional<Level> level_from(std::string_view name) { return from<Level>(level_names, name); }
std::optional<Category> category_from(std::string_view name) { return from<Category>(category_names, name); }
std::optional<Decision> decision_from(std::string_view name) { return from<Decision>(decision_names, name); }

const Subject::Value* Subject::find(std::string_view name) const {
  for (const auto& [field, value] : fields_)
    if (field == name) return &value;
  return nullptr;
}

Subject& Subject::put(std::string_view name, Value value) {
  for (auto& [field, old] : fields_) {
    if (field != name) continue;
    old = std::move(value);
    return *this;
  }
  if (fields_.size() < subject_fields_max) {
    fields_.emplace_back(name, std::move(value));
  } else if (fields_.size() == subject_fields_max) {
    fields_.emplace_back(left_out, std::int64_t{1});
  } else {
    ++std::get<std::int64_t>(fields_.back().second);
  }
  return *this;
}

}  // namespace bailey::audit

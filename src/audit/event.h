// What one audit event says: the schema of the log as strong types.
//
// An event describes an act (who may do what, and what was decided), never the material it was done with: there is no
// field for a body, a file's contents or a secret. Names of fields are literals that are checked while compiling
// (class Name), so `subject.add("body", …)` does not build; values are short scalars, cut visibly at a limit.
#pragma once

#include <concepts>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bailey::audit {

enum class Level { info, notice, warning, alert };
enum class Category {
  session,
  exec,
  fs,
  network,
  dns,
  git,
  credential,
  mcp,
  approval,
  policy,
  anomaly,
  resource,
};
enum class Decision { allow, deny, prompt, approved, denied, expired };
// The danger matrix: 1 silent, 2 silent and logged, 3 asks a human or is blocked.
enum class Tier : std::uint8_t { silent = 1, logged = 2, decided = 3 };

// The names used in the log. The reverse is empty for a name that is none.
[[nodiscard]] std::string_view to_string(Level level);
[[nodiscard]] std::string_view to_string(Category category);
[[nodiscard]] std::string_view to_string(Decision decision);
[[nodiscard]] std::optional<Level> level_from(std::string_view name);
[[nodiscard]] std::optional<Category> category_from(std::string_view name);
[[nodiscard]] std::optional<Decision> decision_from(std::string_view name);

inline constexpr std::size_t name_bytes_max = 32;

// [a-z][a-z0-9_]*
[[nodiscard]] constexpr bool is_name(std::string_view text) {
  if (text.empty() || text.size() > name_bytes_max || text[0] < 'a' || text[0] > 'z') return false;
  for (const char c : text)
    if (!((c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_')) return false;
  return true;
}

// Fields that could only carry what must never be in the log: bodies, contents and secret values.
[[nodiscard]] constexpr bool is_refused_name(std::string_view text) {
  for (const std::string_view refused :
       {"authorization", "body", "content", "contents", "cookie", "data", "environment", "header", "headers",
        "passphrase", "password", "payload", "private_key", "secret", "stderr", "stdin", "stdout", "token", "value"})
    if (text == refused) return true;
  return false;
}

// The name of an action or of a subject's field: a literal, checked by the compiler.
class Name {
 public:
  consteval Name(const char* literal) : text_(literal) {  // NOLINT(google-explicit-constructor): reads as a literal
    if (!is_name(text_) || is_refused_name(text_)) throw "not a permitted name for the audit log";
  }
  [[nodiscard]] constexpr std::string_view text() const { return text_; }
  friend constexpr bool operator==(Name, Name) = default;

 private:
  std::string_view text_;
};

// What the act was about: a small object of scalars that keeps the order in which it was filled.
class Subject {
 public:
  using Value = std::variant<std::string, std::int64_t, bool>;
  using Field = std::pair<std::string, Value>;

  // Adds a field or replaces its value. Beyond subject_fields_max the field is left out and counted in `left_out`.
  Subject& add(Name name, std::string_view text) { return put(name.text(), std::string(text)); }
  Subject& add(Name name, const char* text) { return add(name, std::string_view(text)); }
  Subject& add(Name name, std::same_as<bool> auto flag) { return put(name.text(), Value(flag)); }
  template <std::integral Integer>
  requires(!std::same_as<Integer, bool> && !std::same_as<Integer, char>) Subject& add(Name name, Integer number) {
    // A number that does not fit is the largest one that does: a count of that size is an alarm either way.
    return put(name.text(), Value(std::in_range<std::int64_t>(number) ? static_cast<std::int64_t>(number) : INT64_MAX));
  }

  [[nodiscard]] const std::vector<Field>& fields() const { return fields_; }
  // nullptr when there is no such field.
  [[nodiscard]] const Value* find(std::string_view name) const;

 private:
  friend class LineParser;  // fills a subject with names that it read from a log
  Subject& put(std::string_view name, Value value);

  std::vector<Field> fields_;
};
inline constexpr std::size_t subject_fields_max = 24;

struct Event {
  Level level = Level::info;
  Category category = Category::session;
  Name action = "unspecified";
  Tier tier = Tier::silent;
  Decision decision = Decision::allow;
  std::string rule;  // "allowlist:*.npmjs.org"; empty when no rule was involved
  Subject subject;
};

}  // namespace bailey::audit

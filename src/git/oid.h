// Object names as git writes them: 40 (SHA-1) or 64 (SHA-256) lower-case hexadecimal digits.
#pragma once

#include <cstddef>
#include <optional>
#include <string>
#include <string_view>

namespace bailey::git {

enum class ObjectFormat { sha1, sha256 };
[[nodiscard]] constexpr std::size_t hex_digits(ObjectFormat format) { return format == ObjectFormat::sha1 ? 40 : 64; }
[[nodiscard]] constexpr std::string_view name_of(ObjectFormat format) {
  return format == ObjectFormat::sha1 ? "sha1" : "sha256";
}

// Names an object, or nothing: a default Oid and one of zeros only both mean "no object".
class Oid {
 public:
  Oid() = default;
  // Exactly hex_digits(format) digits in lower case, nothing around them.
  [[nodiscard]] static std::optional<Oid> parse(std::string_view hex, ObjectFormat format);
  // Of either format, by its length.
  [[nodiscard]] static std::optional<Oid> parse(std::string_view hex);

  [[nodiscard]] bool is_zero() const { return hex_.empty(); }
  // Digits; zeros of that format when there is no object.
  [[nodiscard]] std::string hex(ObjectFormat format) const;
  [[nodiscard]] const std::string& hex() const { return hex_; }  // empty: no object
  [[nodiscard]] std::string short_hex() const { return hex_.substr(0, 12); }
  bool operator==(const Oid&) const = default;
  auto operator<=>(const Oid&) const = default;

 private:
  explicit Oid(std::string_view hex) : hex_(hex) {}
  std::string hex_;
};

}  // namespace bailey::git

// JSON values: what read() makes and write() prints. An object keeps the order of its members and holds no key twice.
//
// How the room works: read.cc is the only file that knows the JSON library (nlohmann/json). It is used as a tokenizer
// only (SAX), so that depth, sizes and duplicate keys are refused while reading, before anything is built from them.
// The writer is our own: the same value always gives the same bytes, and those are safe to show on a terminal.
#pragma once

#include <concepts>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <variant>
#include <vector>

namespace bailey::json {

class Value;
using Array = std::vector<Value>;
using Member = std::pair<std::string, Value>;
using Object = std::vector<Member>;

class Value {
 public:
  Value() = default;  // null
  Value(std::nullptr_t) {}
  template <std::same_as<bool> Bool>  // a template: pointers must not turn into true
  Value(Bool value) : data_(value) {}
  Value(int value) : data_(std::int64_t{value}) {}
  Value(unsigned value) : data_(std::int64_t{value}) {}
  Value(long value) : data_(std::int64_t{value}) {}
  Value(long long value) : data_(std::int64_t{value}) {}
  Value(unsigned long value);
  Value(unsigned long long value);
  Value(double value) : data_(value) {}
  Value(const char* value) : data_(std::string(value)) {}
  Value(std::string_view value) : data_(std::string(value)) {}
  Value(std::string value) : data_(std::move(value)) {}
  Value(Array value) : data_(std::move(value)) {}
  Value(Object value) : data_(std::move(value)) {}

  [[nodiscard]] bool is_null() const { return std::holds_alternative<std::monostate>(data_); }
  // nullptr or nullopt: the value is of another kind. No conversions, but whole numbers are doubles as well.
  [[nodiscard]] std::optional<bool> as_bool() const;
  [[nodiscard]] std::optional<std::int64_t> as_int() const;
  [[nodiscard]] std::optional<std::uint64_t> as_uint() const;
  [[nodiscard]] std::optional<double> as_double() const;
  [[nodiscard]] const std::string* as_string() const { return std::get_if<std::string>(&data_); }
  [[nodiscard]] const Array* as_array() const { return std::get_if<Array>(&data_); }
  [[nodiscard]] const Object* as_object() const { return std::get_if<Object>(&data_); }
  [[nodiscard]] Array* as_array() { return std::get_if<Array>(&data_); }
  [[nodiscard]] Object* as_object() { return std::get_if<Object>(&data_); }

  // The member of that name; nullptr when there is none or this is no object.
  [[nodiscard]] const Value* find(std::string_view key) const;
  // Replaces or appends. Turns null into an object; anything else that is no object is a bug of the caller.
  Value& set(std::string key, Value value);
  // Turns null into an array.
  Value& push(Value value);

  // "null", "true or false", "a number", "a string", "an array", "an object": for error messages.
  [[nodiscard]] std::string_view kind() const;
  bool operator==(const Value& other) const = default;

 private:
  // Whole numbers are int64 where they fit; uint64 only above that.
  std::variant<std::monostate, bool, std::int64_t, std::uint64_t, double, std::string, Array, Object> data_;
};

}  // namespace bailey::json

#include "json/value.h"

#include <limits>

namespace bailey::json {

Value::Value(unsigned long value) : Value(static_cast<unsigned long long>(value)) {}

Value::Value(unsigned long long value) {
  if (value <= static_cast<unsigned long long>(std::numeric_limits<std::int64_t>::max())) {
    data_ = static_cast<std::int64_t>(value);
  } else {
    data_ = std::uint64_t{value};
  }
}

std::optional<bool> Value::as_bool() const {
  if (const auto* value = std::get_if<bool>(&data_)) return *value;
  return std::nullopt;
}

std::optional<std::int64_t> Value::as_int() const {
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return *value;
  return std::nullopt;
}

std::optional<std::uint64_t> Value::as_uint() const {
  if (const auto* value = std::get_if<std::uint64_t>(&data_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&data_); value != nullptr && *value >= 0) {
    return static_cast<std::uint64_t>(*value);
  }
  return std::nullopt;
}

std::optional<double> Value::as_double() const {
  if (const auto* value = std::get_if<double>(&data_)) return *value;
  if (const auto* value = std::get_if<std::int64_t>(&data_)) return static_cast<double>(*value);
  if (const auto* value = std::get_if<std::uint64_t>(&data_)) return static_cast<double>(*value);
  return std::nullopt;
}

const Value* Value::find(std::string_view key) const {
  const auto* object = as_object();
  if (object == nullptr) return nullptr;
  for (const auto& [name, value] : *object) {
    if (name == key) return &value;
  }
  return nullptr;
}

Value& Value::set(std::string key, Value value) {
  if (is_null()) data_ = Object{};
  auto& object = std::get<Object>(data_);
  for (auto& [name, old] : object) {
    if (name == key) return old = std::move(value);
  }
  return object.emplace_back(std::move(key), std::move(value)).second;
}

Value& Value::push(Value value) {
  if (is_null()) data_ = Array{};
  return std::get<Array>(data_).emplace_back(std::move(value));
}

std::string_view Value::kind() const {
  static constexpr std::string_view names[] = {"null",     "true or false", "a number", "a number",
                                               "a number", "a string",      "an array", "an object"};
  return names[data_.index()];
}

}  // namespace bailey::json

// The members of a JSON object, read strictly: the first thing that is wrong is the error, and everything after it is
// empty, so that a reader asks once, at its end.
#pragma once

#include <cstdint>
#include <initializer_list>
#include <string>
#include <string_view>
#include <utility>

#include "base/result.h"
#include "base/text.h"
#include "json/value.h"

namespace bailey::approval {

class Fields {
 public:
  // `what` stands for the object in errors: "read an approval request".
  Fields(const json::Value& value, std::string_view what, std::initializer_list<std::string_view> known)
      : value_(value), what_(what) {
    const json::Object* object = value.as_object();
    if (object == nullptr) {
      refuse("it is " + std::string(value.kind()) + ", not an object");
      return;
    }
    for (const auto& [key, member] : *object) {
      bool is_known = false;
      for (const auto name : known) is_known = is_known || name == key;
      if (!is_known) refuse("unknown key '" + visible(key.substr(0, key_bytes_shown_max)) + "'");
    }
  }

  // nullptr: absent or null.
  const json::Value* find(std::string_view key) {
    const json::Value* member = value_.find(key);
    return member == nullptr || member->is_null() ? nullptr : member;
  }
  // Absent: empty.
  std::string text(std::string_view key, std::size_t bytes_max) {
    const json::Value* member = find(key);
    if (member == nullptr) return {};
    const std::string* text = member->as_string();
    if (text == nullptr) return refuse_text(key, "is " + std::string(member->kind()) + ", not a string");
    if (text->size() > bytes_max) return refuse_text(key, "is longer than " + std::to_string(bytes_max) + " bytes");
    return *text;
  }
  std::uint64_t number(std::string_view key, std::uint64_t least, std::uint64_t most) {
    const json::Value* member = find(key);
    const auto number = member == nullptr ? std::nullopt : member->as_uint();
    if (number && *number >= least && *number <= most) return *number;
    refuse("'" + std::string(key) + "' is no number from " + std::to_string(least) + " to " + std::to_string(most));
    return least;
  }
  const json::Array& array(std::string_view key, std::size_t count_max) {
    static const json::Array none;
    const json::Value* member = find(key);
    if (member == nullptr) return none;
    const json::Array* array = member->as_array();
    if (array != nullptr && array->size() <= count_max) return *array;
    refuse("'" + std::string(key) + "' is no list of at most " + std::to_string(count_max));
    return none;
  }

  void refuse(std::string why) {
    if (why_.empty()) why_ = std::move(why);
  }
  [[nodiscard]] Status status() const {
    if (why_.empty()) return {};
    return fail(std::string(what_), why_);
  }

 private:
  static constexpr std::size_t key_bytes_shown_max = 40;
  std::string refuse_text(std::string_view key, std::string_view why) {
    refuse("'" + std::string(key) + "' " + std::string(why));
    return {};
  }

  const json::Value& value_;
  std::string_view what_;
  std::string why_;
};

}  // namespace bailey::approval

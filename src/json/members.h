// Required members of an object that another process of ours wrote: each is there and of its kind, or an error says
// which one isn't.
#pragma once

#include <algorithm>
#include <iterator>
#include <string>
#include <string_view>
#include <vector>

#include "base/result.h"
#include "json/value.h"

namespace bailey::json {

// `value` and `what` ("read what the broker was given") are borrowed.
class Members {
 public:
  Members(const Value& value, std::string_view what) : value_(value), what_(what) {}

  [[nodiscard]] std::unexpected<Error> damaged(std::string_view key) const {
    return fail(std::string(what_), "'" + std::string(key) + "' is missing or malformed");
  }
  [[nodiscard]] Result<const Value*> any(std::string_view key) const {
    const auto* member = value_.find(key);
    if (member == nullptr) return damaged(key);
    return member;
  }
  [[nodiscard]] Result<const Array*> array(std::string_view key) const {
    const auto* member = value_.find(key);
    if (member == nullptr || member->as_array() == nullptr) return damaged(key);
    return member->as_array();
  }
  [[nodiscard]] Result<std::string> text(std::string_view key) const {
    const auto* member = value_.find(key);
    if (member == nullptr || member->as_string() == nullptr) return damaged(key);
    return *member->as_string();
  }
  [[nodiscard]] Result<std::vector<std::string>> texts(std::string_view key) const {
    std::vector<std::string> list;
    for (const auto& each : *TRY(array(key))) {
      if (each.as_string() == nullptr) return damaged(key);
      list.push_back(*each.as_string());
    }
    return list;
  }
  // Index of a text among `words`.
  template <std::size_t count>
  [[nodiscard]] Result<std::size_t> word(std::string_view key, const std::string_view (&words)[count]) const {
    return index_of(key, TRY(text(key)), words);
  }
  template <std::size_t count>
  [[nodiscard]] Result<std::size_t> index_of(std::string_view key, const std::string& given,
                                             const std::string_view (&words)[count]) const {
    const auto* found = std::find(std::begin(words), std::end(words), given);
    if (found == std::end(words)) return damaged(key);
    return static_cast<std::size_t>(found - std::begin(words));
  }

 private:
  const Value& value_;
  std::string_view what_;
};

}  // namespace bailey::json

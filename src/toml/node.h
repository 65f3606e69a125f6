// TOML values that know where they stand: configuration, manifests and rules are read from these.
//
// How the room works: parse.cc is the only file that knows the TOML library (toml++); it copies what was parsed into
// nodes of our own, each with file, line and column. expect.h turns nodes into typed values, with errors that name the
// place and what was expected. Relies on nothing but the text: no file is opened here.
#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "base/result.h"

namespace bailey::toml {

// Lines and columns count from 1, columns in code points.
struct Position {
  std::shared_ptr<const std::string> file;
  std::uint32_t line = 0;
  std::uint32_t column = 0;
};
[[nodiscard]] std::string to_string(const Position& position);  // "file:line:column"

struct Node;
struct Member;
struct OtherKind {};  // dates and times: valid TOML that nothing of ours uses
using Array = std::vector<Node>;
using Table = std::vector<Member>;  // in the order of the text; no key twice

struct Node {
  std::variant<OtherKind, bool, std::int64_t, double, std::string, Array, Table> data;
  Position position;

  // "true or false", "a whole number", "a number", "a string", "an array", "a table", "a date or time"
  [[nodiscard]] std::string_view kind() const;
  // The member of a table; nullptr when there is none or this is no table.
  [[nodiscard]] const Node* find(std::string_view key) const;
};

struct Member {
  std::string key;
  Position position;  // of the key
  Node value;
};

}  // namespace bailey::toml

// Nodes to text: what parse() reads back as the same values. Comments and the form of numbers are lost.
#pragma once

#include <string>

#include "base/result.h"
#include "toml/node.h"

namespace bailey::toml {

// `root` must be a table. Refused: dates and times, of which nodes keep nothing.
[[nodiscard]] Result<std::string> write(const Node& root);

}  // namespace bailey::toml

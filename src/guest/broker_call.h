// One request to a broker of the host (src/broker/description.h): a line that names it, what it is about, one answer.
#pragma once

#include <string>
#include <string_view>

namespace bailey::guest {

struct BrokerAnswer {
  enum class Kind { ok, refused, unreachable } kind = Kind::unreachable;
  std::string text;  // what was asked for, or why not
};
[[nodiscard]] BrokerAnswer call_broker(std::string_view line, std::string_view request);

}  // namespace bailey::guest

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

// Up to `bytes_max`; false: there is more, or it can't be read.
[[nodiscard]] bool read_whole(int fd, std::string& text, std::size_t bytes_max);
[[nodiscard]] bool write_whole(int fd, std::string_view bytes);

}  // namespace bailey::guest

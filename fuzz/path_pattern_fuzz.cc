// A pattern and a path of anybody's: "PATTERN NUL PATH".
#include <cstddef>
#include <cstdint>
#include <string_view>

#include "policy/path_pattern.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto end = text.find('\0');
  if (end == std::string_view::npos || !policy::check_path_pattern(text.substr(0, end))) return 0;
  (void)policy::matches_path(text.substr(0, end), text.substr(end + 1));
  return 0;
}

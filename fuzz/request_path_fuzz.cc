// A path has no normal form, or one that is its own and goes nowhere but down. The first line is a glob.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "gateway/path_glob.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::gateway;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  const auto line = text.find('\n');
  if (line == std::string_view::npos || line > 256) return 0;
  const auto normal = normal_path(text.substr(line + 1));
  if (!normal) return 0;
  if (normal_path(*normal) != normal) std::abort();
  if (normal->find("//") != std::string::npos || normal->find("/../") != std::string::npos) std::abort();
  if (!path_matches("/**", *normal) || !path_matches("**", *normal)) std::abort();
  (void)path_matches(text.substr(0, line), *normal);
  return 0;
}

// A size is refused, or within the limit and printed so that it reads back the same.
#include <cstdint>
#include <cstdlib>

#include "policy/quantity.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::policy;
  const std::string_view text(reinterpret_cast<const char*>(data), size);
  if (const auto bytes = parse_size(text)) {
    const auto again = parse_size(format_size(*bytes));
    if (*bytes > size_bytes_max || !again || *again != *bytes) std::abort();
  }
  if (const auto cpus = parse_cpus(text); cpus && !(*cpus >= 0)) std::abort();
  return 0;
}

// Any bytes as the kernel's answer about counters: read within bounds, and the same when read again.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "sandbox/refused_traffic.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::sandbox;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  RefusedTraffic once{};
  RefusedTraffic again{};
  const auto first = parse_counters(input, once);
  const auto second = parse_counters(input, again);
  if (first.has_value() != second.has_value() || once != again) std::abort();
  if (first && *first == Dump::goes_on && size > 0 && size < 16) std::abort();
  return 0;
}

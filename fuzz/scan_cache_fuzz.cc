// The memory of an earlier scan: damaged in any way it is refused or read as what it says.
#include <cstddef>
#include <cstdint>
#include <cstdlib>

#include "workspace/scan_cache.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::workspace;
  const auto directories = decode_scan("key", {reinterpret_cast<const char*>(data), size});
  if (!directories) return 0;
  const auto again = decode_scan("key", encode_scan("key", *directories));
  if (!again || again->size() != directories->size()) std::abort();
  return 0;
}

// Whatever is read without an error is written and read back as the same value.
#include <cstdint>
#include <cstdlib>

#include "json/read.h"
#include "json/write.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::json;
  const auto value = read({reinterpret_cast<const char*>(data), size}, "fuzz");
  if (!value) return 0;
  const auto text = write_exact(*value);
  if (!text) std::abort();
  // Escapes make text longer than what was read.
  const auto again = read(*text, "again", {.bytes_max = std::size_t{64} << 20});
  if (!again || *again != *value) std::abort();
  return 0;
}

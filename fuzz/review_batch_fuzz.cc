// Any bytes as git's objects: contents lie in the input and have the size that was said.
#include <cstdint>
#include <cstdlib>
#include <string_view>

#include "review/batch.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace bailey::review;
  const std::string_view input(reinterpret_cast<const char*>(data), size);
  (void)parse_batch_check(input);
  const auto parsed = parse_batch(input);
  if (!parsed) return 0;
  for (const auto& object : *parsed) {
    if (object.info.type.empty()) continue;
    if (object.content.size() != object.info.bytes) std::abort();
    if (object.content.data() < input.data() ||
        object.content.data() + object.content.size() > input.data() + input.size())
      std::abort();
  }
  return 0;
}
